-- one row per line of an open invoice and commit that a threshold buys in this run and that pays some of it
-- S-58: what the standing balances leave of the lines of the period that the commit begins with, in the
-- order of S-40. What ends first pays first, as it will when it stands in the ledger (S-39). What waits for its payment
-- pays nothing yet (S-73).
with places as (
    select
        contract_id, period_start, line_order,
        sum(uncovered) over so_far - uncovered as starts_at,
        sum(uncovered) over so_far as ends_at,
    from {{ ref('uncovered_lines') }}
    window so_far as (partition by contract_id, period_start order by line_order)
),

givers as (
    select
        contract_id, starting_on as period_start, commit_id,
        sum(amount) over so_far - amount as starts_at,
        sum(amount) over so_far as ends_at,
    from {{ ref('reached_thresholds') }}
    where kind <> 'gated_balance'
    window so_far as (partition by contract_id, starting_on order by ending_before, commit_id)
)

select
    places.contract_id,
    places.line_order,
    givers.commit_id,
    {{ to_amount(
        'least(places.ends_at, givers.ends_at) - greatest(places.starts_at, givers.starts_at)'
    ) }} as covered,
from places
inner join givers
    on places.contract_id = givers.contract_id
    and places.period_start = givers.period_start
    and places.starts_at < givers.ends_at
    and places.ends_at > givers.starts_at
