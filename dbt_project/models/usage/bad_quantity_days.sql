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
    {% for metric, version, property, _ in number_properties() %}
        select '{{ metric }}' as metric, {{ version }} as metric_version, '{{ property }}' as property
        union all
    {% endfor %}
    select null as metric, null as metric_version, null as property
),

due_days as (
    select * from {{ ref('due_window_days') }} where window_end = window_start + 1
),

-- The event type is that of the join's other side: so that DuckDB reads the values of these days'
-- events alone, and not of the whole log before it joins.
read_events as (
    select
        events.customer_id as sent_id,
        events.event_type,
        events.event_date,
        events.event_seq,
        events.transaction_id,
        list_filter(
            [
                {% for property, readings in number_properties() | groupby(2) %}
                    {% set event_types = readings | map(attribute=3) | sum(start=[]) | unique | sort %}
                    case
                        when read_days.event_type in ('{{ event_types | join("', '") }}')
                            and {{ is_bad_number(property) }}
                            then '{{ property }}'
                    end,
                {% endfor %}
                null::varchar
            ],
            lambda property: property is not null
        ) as bad_properties,
    from {{ ref('events') }} as events
    inner join (select distinct sent_id, event_type, event_date from due_days) as read_days
        on events.customer_id = read_days.sent_id
        and events.event_type = read_days.event_type
        and events.event_date = read_days.event_date
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
