-- one row per contract of the run's price book that this run computes: all but held ones (S-52)
{{ config(materialized='view') }}

select
    contracts.price_book,
    contracts.contract_id,
    contracts.customer_id,
    contracts.rate_card_id,
    contracts.starting_on,
    contracts.ending_before,
    contracts.billing_frequency,
    contracts.billing_anchor,
    contracts.net_payment_days,
    contracts.late_usage,
from {{ source('price_book', 'contracts') }} as contracts
inner join {{ source('inputs', 'run') }} as run using (price_book)
anti join {{ ref('contracts_on_hold') }} as held using (contract_id)
