-- one row per contract, product, period and reason for which this run leaves the contract out
-- S-52: what cannot be computed for one contract stops that one alone. A hold lasts while the price
-- book, the code and the customer's events are those that it followed from.
select
    held.contract_id,
    held.product_id,
    held.period_start,
    held.reason,
    held.example,
from {{ source('inputs', 'held_contracts') }} as held
inner join {{ source('inputs', 'run') }} as run using (price_book, code_version)
left join {{ ref('held_contract_events') }} as now_events using (contract_id)
where held.events is null or held.events = now_events.events
