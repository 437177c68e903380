-- one row per alert, contract, thing that it watches and open period: how near it is, and whether it fired
{{ config(materialized='view') }}

select
    alert_id,
    customer_id,
    contract_id,
    kind,
    metric,
    pricing_group,
    pricing_unit,
    period_start,
    period_end,
    threshold,
    clear_at,
    value,
    state,
    state_since,
    is_reached,
    hard_cap,
from {{ ref('evaluated_alerts') }}
