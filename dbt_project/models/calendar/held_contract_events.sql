-- one row per contract that is or was held: a digest of its customer's events
-- S-52: new events, a retraction or an alias change it, and the contract is tried again.
{{ config(materialized='view') }}

with asked as (
    select distinct held.contract_id, contracts.price_book, contracts.customer_id
    from {{ source('inputs', 'held_contracts') }} as held
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'contracts') }} as contracts
        on run.price_book = contracts.price_book
        and held.contract_id = contracts.contract_id
)

select
    asked.contract_id,
    coalesce(sum(hash(days)) filter (where days.customer_id is not null), 0)::varchar as events,
from asked
left join {{ ref('customer_identities') }} as ids using (price_book, customer_id)
left join {{ ref('event_days') }} as days on ids.sent_id = days.customer_id
group by asked.contract_id
