-- one row per contract, metric version, day and metric group: the metric over that day alone
-- A view: a year of days is not written again for each hour. Publishing does the same
-- (meterhouse/warehouse/usage_parts.py).
{{ config(materialized='view') }}

select
    contracts.customer_id,
    metric_values.contract_id,
    metric_values.metric,
    metric_values.metric_version,
    metric_values.window_start as usage_date,
    metric_values.metric_group as "group",
    metric_values.quantity,
from {{ ref('metric_values') }} as metric_values
inner join {{ source('inputs', 'run') }} as run on true
inner join {{ source('price_book', 'contracts') }} as contracts
    on run.price_book = contracts.price_book
    and metric_values.contract_id = contracts.contract_id
where metric_values.window_end = metric_values.window_start + 1
