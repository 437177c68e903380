-- one row per contract, metric version, day and metric group: usage far above what is usual on that weekday
{{ config(materialized='view') }}

select
    customer_id,
    contract_id,
    metric,
    metric_version,
    usage_date,
    metric_group as "group",
    quantity,
    usual,
    usual_deviation,
    excess,
from {{ ref('anomalous_days') }}
