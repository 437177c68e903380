-- one row per contract that this run computes: those to rate, but held ones (S-52)
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
from {{ ref('billed_contracts') }} as contracts
semi join {{ ref('contracts_to_rate') }} as rated using (contract_id)
