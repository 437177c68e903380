-- one row per metric version, contract and window whose stored values are up to date
-- depends_on: {{ ref('bad_quantity_days') }}
-- depends_on: {{ ref('day_states') }}
-- Written after all that is computed by window; the next run's calendar.due_windows compares it
-- with what is needed then.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_due_windows() }}",
) }}
{% for metric, version in billed_metrics() %}
-- depends_on: {{ ref(metric, v=version) }}
{% endfor %}

select
    metric,
    metric_version,
    contract_id,
    window_start,
    window_end,
    fingerprint,
from {{ ref('due_windows') }}
where not is_obsolete
