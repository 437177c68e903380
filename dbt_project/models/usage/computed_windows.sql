-- one row per metric version, contract and window whose stored values are up to date
-- depends_on: {{ ref('bad_quantity_days') }}
-- depends_on: {{ ref('day_states') }}
-- Written after all that is computed by window; the next run's calendar.due_windows compares it
-- with what is needed then, and calendar.altered_windows with what is stored then.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_due_windows() }}",
) }}
{% set tables = [(none, none, ref('day_states')), (none, none, ref('bad_quantity_days'))] %}
{% for metric, version in billed_metrics() %}
    {% do tables.append((metric, version, ref(metric, v=version))) %}
{% endfor %}

with stored_values as (
    {{ stored_sums(
        tables,
        'exists (select 1 from ' ~ ref('due_windows') ~ ' as due where stored.contract_id = due.contract_id '
        ~ 'and stored.window_start = due.window_start and stored.window_end = due.window_end)'
    ) }}
)

select
    due.metric,
    due.metric_version,
    due.contract_id,
    due.window_start,
    due.window_end,
    due.fingerprint,
    coalesce(stored_values.stored, {{ nothing_stored() }}) as stored,
from {{ ref('due_windows') }} as due
left join stored_values using (metric, metric_version, contract_id, window_start, window_end)
where not due.is_obsolete
