-- one row per alert that fired or resolved: what was told, in this run and before
-- A view: the log of alerts has those of this run once they are appended to it, just before publication.
{{ config(materialized='view') }}

select
    alert_event_id,
    alert_id,
    change,
    occurrence,
    occurred_at,
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
    hard_cap,
from {{ source('inputs', 'alert_log') }}
union all
select
    alert_event_id,
    alert_id,
    change,
    occurrence,
    occurred_at,
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
    hard_cap,
from {{ ref('new_alert_events') }} as new_events
anti join {{ source('inputs', 'alert_log') }} as told using (alert_event_id)
