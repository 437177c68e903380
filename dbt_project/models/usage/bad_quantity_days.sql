-- one row per metric version, contract, day, property and reason with events that gave no number
-- depends_on: {{ ref('due_windows') }}
-- depends_on: {{ ref('events') }}
-- S-10, S-53: such a value counts as null in the metric and is listed, not dropped. Only days with new
-- events are read, each event once for all metrics.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ forget_due_windows() }}",
        "{{ note_due_dates('windows.window_end = windows.window_start + 1 and windows.event_seq is null') }}",
    ],
) }}
with due_days as (
    select * from {{ ref('due_window_days') }} where window_end = window_start + 1 and event_seq is null
),

-- A property that a type of event does not have costs most to look for, so each type is asked for
-- its own, in the days that are due.
bad_events as (
    {% for event_type, readings in number_properties() | groupby(0) %}
        {% set asked = [] %}
        select
            customer_id as sent_id,
            event_type,
            event_date,
            event_seq,
            transaction_id,
            [
                {% for metric, of_metric in readings | groupby(1) %}
                    {% for version, of_version in of_metric | groupby(2) %}
                        {% set properties = of_version | map(attribute=3) | list %}
                        {% if properties not in asked %}{% do asked.append(properties) %}{% endif %}
                        {{ unread_numbers(metric, version, properties) }}
                    {% endfor %}
                {% endfor %}
            ] as unread,
        from {{ ref('events') }}
        where event_type = '{{ event_type | replace("'", "''") }}'
            and {{ due_dates('event_date') }}
            and (
                {% for property in readings | map(attribute=3) | unique | sort %}
                    {{ 'or ' if not loop.first }}{{ is_bad_number(property) }}
                {% endfor %}
                {% for properties in asked %}
                    or {{ nothing_read(properties) }}
                {% endfor %}
            )
        {{ 'union all' if not loop.last }}
    {% else %}
        {# While dbt parses, or if no metric reads a number. #}
        select
            sent_id, event_type, event_date, 0 as event_seq, '' as transaction_id,
            [{{ unread_number('', 0, '', '') }}] as unread
        from due_days
        where false
    {% endfor %}
),

bad_values as (
    select * exclude (unread), unnest(unread, recursive := true)
    from (select * replace (list_filter(unread, lambda each: each is not null) as unread) from bad_events)
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
    bad_values.reason,
from due_days
inner join bad_values using (sent_id, event_type, event_date, metric, metric_version)
group by all
