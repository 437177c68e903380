"""What somebody should look at: usage without a price, rejected events, runs that failed, and what
deliveries see themselves (watched.py), so that it is told also when no run happens.
"""

from meterhouse.delivery.events.event import Event, instant

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
    Event(
        "marts.stale",
        "no run has come to its end for METERHOUSE_STALE_HOURS (26): what people read is old; once"
        " a day until one has; sent to endpoints that are for no single customer",
        """
        select
            [stands_since::varchar, noticed_at::date::varchar] as identity,
            'marts' as subject,
            null::varchar as customer_id,
            noticed_at as occurred_at,
            json_object(
                'stands_since', {stands_since}, 'hours', hours,
                'published_as_of', {published}
            ) as data
        from stale_marts
        cross join moment
        """.replace("{stands_since}", instant("stands_since")).replace(
            "{published}", instant("moment.as_of")
        ),
        at_once=True,
    ),
    Event(
        "source.behind",
        "a source is stopped or further behind than its `alert_after`, or what came over HTTP has"
        " not been landed for an hour; once a day; sent to endpoints that are for no single"
        " customer",
        """
        select
            [source, status, noticed_at::date::varchar] as identity,
            'source:' || source as subject,
            null::varchar as customer_id,
            noticed_at as occurred_at,
            json_object(
                'source', source, 'status', status, 'seconds_behind', seconds_behind,
                'error', error
            ) as data
        from sources_behind
        """,
        at_once=True,
    ),
    Event(
        "message.dead",
        "a message was given up, or an invoice is held because the provider's total is not ours;"
        " sent to endpoints that are for no single customer, and never about itself",
        """
        select
            [message_id, target, attempts::varchar] as identity,
            'message:' || message_id as subject,
            null::varchar as customer_id,
            attempted_at as occurred_at,
            json_object(
                'message_id', message_id, 'message_type', message_type, 'target', target,
                'outcome', outcome, 'attempts', attempts, 'status', status, 'detail', detail
            ) as data
        from dead_messages
        """,
        at_once=True,
    ),
)
