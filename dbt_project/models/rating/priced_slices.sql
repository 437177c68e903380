-- one row per slice that is billed, with its price
{{ config(materialized='view') }}

select
    slices.* exclude (pricing_unit, outcome),
    rates.* exclude (price_book, rate_id, override_id),
from {{ ref('slices') }} as slices
inner join {{ ref('effective_rates') }} as rates
    on slices.price_book = rates.price_book
    and slices.rate_id = rates.rate_id
    and slices.override_id is not distinct from rates.override_id
where slices.outcome = 'billed'
