"""Contracts: what their dates say, and what keeps them from being billed."""

from meterhouse.delivery.events.event import Event, midnight

# A message in time to talk to the customer.
ENDING_DAYS = 30

_CONTRACT = """
    select
        [contract_id, ({day})::varchar] as identity,
        'contract:' || contract_id as subject,
        customer_id,
        {occurred_at} as occurred_at,
        json_object(
            'contract_id', contract_id,
            'customer_id', customer_id,
            'starting_on', starting_on,
            'ending_before', ending_before
        ) as data
    from {{book.contracts}}
    where {day} is not null
"""

EVENTS = (
    Event(
        "contract.started",
        "the first day of a contract has come",
        _CONTRACT.format(day="starting_on", occurred_at=midnight("starting_on")),
    ),
    Event(
        "contract.ending",
        f"a contract ends in {ENDING_DAYS} days, or in fewer where that is known later; once more"
        " if the end moves",
        _CONTRACT.format(
            day="ending_before",
            occurred_at=midnight(
                f"greatest(starting_on, ending_before - interval {ENDING_DAYS} day)"
            ),
        ),
    ),
    Event(
        "contract.ended",
        "the last day of a contract is over",
        _CONTRACT.format(day="ending_before", occurred_at=midnight("ending_before")),
    ),
    Event(
        "contract.held",
        "a run could not bill a contract; once a day until the cause is corrected",
        f"""
        select
            [held.contract_id, moment.as_of::date::varchar] as identity,
            'contract:' || held.contract_id as subject,
            min(contracts.customer_id) as customer_id,
            {midnight("moment.as_of::date")} as occurred_at,
            json_object(
                'contract_id', held.contract_id,
                'customer_id', min(contracts.customer_id),
                'reasons', list(distinct held.reason order by held.reason)
            ) as data
        from {{held_contracts}} as held
        cross join moment
        left join {{book.contracts}} as contracts on held.contract_id = contracts.contract_id
        group by held.contract_id, moment.as_of
        """,
    ),
)
