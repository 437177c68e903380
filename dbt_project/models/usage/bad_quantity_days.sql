-- one row per metric version, contract, day and property with events whose value is not a number
-- depends_on: {{ ref('due_windows') }}
-- S-10: such a value counts as null in the metric and is listed, not dropped. Only days with new
-- events are read, each event once for all metrics.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_due_windows() }}",
) }}
with readings as (
    {% for metric, version, property in number_properties() %}
        select '{{ metric }}' as metric, {{ version }} as metric_version, '{{ property }}' as property
        union all
    {% endfor %}
    select null as metric, null as metric_version, null as property
),

due_days as (
    select * from {{ ref('due_window_days') }} where window_end = window_start + 1
),

read_events as (
    select
        customer_id as sent_id,
        event_type,
        event_date,
        event_seq,
        transaction_id,
        list_filter(
            [
                {% for property in number_properties() | map(attribute=2) | unique | sort %}
                    case when {{ is_bad_number(property) }} then '{{ property }}' end,
                {% endfor %}
                null::varchar
            ],
            lambda property: property is not null
        ) as bad_properties,
    from {{ ref('events') }}
    semi join due_days
        on events.customer_id = due_days.sent_id
        and events.event_type = due_days.event_type
        and events.event_date = due_days.event_date
),

bad_values as (
    select
        sent_id,
        event_type,
        event_date,
        event_seq,
        transaction_id,
        unnest(bad_properties) as property,
    from read_events
    where len(bad_properties) > 0
)

select
    due_days.metric,
    due_days.metric_version,
    due_days.contract_id,
    due_days.window_start,
    due_days.window_end,
    bad_values.property,
    count(*) as events,
    min(bad_values.event_seq) as example_event_seq,
    arg_min(bad_values.transaction_id, bad_values.event_seq) as example_transaction_id,
from due_days
inner join bad_values using (sent_id, event_type, event_date)
inner join readings using (metric, metric_version, property)
group by all
