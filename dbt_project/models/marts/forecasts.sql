-- one row per open period and thing that is forecast: a product, the invoice before and after balances, a commit
-- S-85: no invoice, and none is made of it. A view over what the job `forecast` found last (inputs.forecasts).
{{ config(materialized='view') }}

select
    forecasts.customer_id,
    forecasts.contract_id,
    forecasts.period_start,
    forecasts.period_end,
    forecasts.kind,
    forecasts.product_id,
    forecasts.commit_id,
    forecasts.segment,
    forecasts.pricing_unit,
    forecasts.method,
    forecasts.quantity_so_far,
    forecasts.quantity_low,
    forecasts.quantity_middle,
    forecasts.quantity_high,
    forecasts.amount_so_far,
    forecasts.amount_low,
    forecasts.amount_middle,
    forecasts.amount_high,
    forecasts.granted,
    forecasts.exceeds,
    forecasts.exceeds_on,
    forecasts.as_of,
from {{ source('inputs', 'forecasts') }} as forecasts
inner join {{ source('inputs', 'run') }} as run on forecasts.period_end > run.as_of::date
