-- one row per month, kind of forecast, day of the period and pricing unit: how wrong forecasts were
-- S-85: of periods that ended in the month and are final; each forecast as it was told on that day.
{{ config(materialized='view') }}

select
    period_month,
    kind,
    day_of_period,
    pricing_unit,
    forecasts,
    {{ to_amount('actual_amount') }} as actual_amount,
    {{ to_amount('error') }} as error,
    {{ to_amount('run_rate_error') }} as run_rate_error,
    {{ to_amount('bias') }} as bias,
    inside,
    {{ exact_divide('100 * error', 'actual_amount') }} as error_percent,
    {{ exact_divide('100 * run_rate_error', 'actual_amount') }} as run_rate_error_percent,
    {{ exact_divide('100 * inside', 'forecasts') }} as inside_percent,
from {{ source('inputs', 'forecast_outcomes') }}
