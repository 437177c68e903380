"""What somebody should look at: usage without a price, rejected events, runs that failed."""

from meterhouse.delivery.events.event import Event

EVENTS = (
    Event(
        "usage.unrated",
        "usage of a contract's product is metered in a period and has no price; once for each"
        " product, period and reason",
        """
        select
            [unrated.contract_id, product_id, period_start::varchar, reason] as identity,
            'contract:' || unrated.contract_id as subject,
            contracts.customer_id,
            moment.as_of as occurred_at,
            json_object(
                'contract_id', unrated.contract_id,
                'customer_id', contracts.customer_id,
                'product_id', product_id,
                'period_start', period_start,
                'reason', reason,
                'pricing_groups', count(*),
                'quantity', sum(quantity)::decimal(28, 10)::varchar
            ) as data
        from {unrated_usage} as unrated
        inner join {book.contracts} as contracts on unrated.contract_id = contracts.contract_id
        cross join moment
        group by
            unrated.contract_id, contracts.customer_id, product_id, period_start, reason,
            moment.as_of
        """,
    ),
    Event(
        "events.quarantined",
        "events of a batch were rejected; sent to endpoints that are for no single customer",
        """
        select
            [batch_id] as identity,
            'source:' || source as subject,
            null::varchar as customer_id,
            received_at as occurred_at,
            json_object(
                'batch_id', batch_id,
                'source', source,
                'rejected', rejected,
                'accepted', accepted,
                'reasons', reasons
            ) as data
        from rejected_batches
        """,
        at_once=True,
    ),
    Event(
        "run.failed",
        "a run came to no end, or ended with something held or stopped; sent to endpoints that"
        " are for no single customer",
        """
        select
            [run_id] as identity,
            'job:' || job as subject,
            null::varchar as customer_id,
            failed_at as occurred_at,
            json_object('run_id', run_id, 'job', job, 'error', error) as data
        from failed_runs
        """,
        at_once=True,
    ),
)
