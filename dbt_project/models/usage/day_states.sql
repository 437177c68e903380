-- one row per declared metric version, contract, day, metric group and key that its days roll up by
-- depends_on: {{ ref('due_windows') }}
-- depends_on: {{ ref('due_window_days') }}
-- depends_on: {{ ref('events') }}
-- What a day adds to a longer window where its quantity does not say it. Unique counts: the keys of
-- the day, few where events are many; a null key stands for a group whose events have none, which
-- counts 0 and shows. Time averages: what the day's samples come to by its end, the first instant
-- and the last value, which holds on. Only days with new events are read.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ forget_due_windows() }}",
        "{{ note_due_dates('windows.window_end = windows.window_start + 1 and windows.event_seq is null') }}",
    ],
) }}

{% for metric, version, meta in metrics_with_states() %}
    {% set events = due_events(
        "windows.metric = '" ~ metric ~ "' and windows.metric_version = " ~ version
        ~ " and windows.window_end = windows.window_start + 1"
    ) %}
    select
        '{{ metric }}' as metric,
        {{ version }} as metric_version,
        contract_id,
        window_start,
        window_end,
        json_object(
            {% for key in meta.group_keys | sort %}
                '{{ key }}', group_{{ meta.group_keys.index(key) + 1 }}{{ ',' if not loop.last }}
            {% endfor %}
        )::varchar as metric_group,
    {% if meta.aggregation == 'unique' %}
            unique_key,
            null::timestamptz as first_at,
            null::decimal(28, 10) as last_value,
            null::decimal(38, 0) as scaled_sum,
        from (
            select distinct
                contract_id,
                window_start,
                window_end,
                {% for key in meta.group_keys %}
                    {{ property_text(key) }} as group_{{ loop.index }},
                {% endfor %}
                {{ property_text(meta.aggregation_key) }} as unique_key,
            from {{ events }}
            where {{ declared_conditions(meta) }}
        )
    {% else %}
            null::varchar as unique_key,
            min(timestamp) as first_at,
            arg_max(held_value, row(timestamp, event_seq)) as last_value,
            (sum({{ to_scaled('held_value') }} * held_us))::decimal(38, 0) as scaled_sum,
        from ({{ held_values(meta, events) }})
        group by all
    {% endif %}
    {{ 'union all' if not loop.last }}
{% else %}
    {# While dbt parses, or if no metric needs it. #}
    select
        metric, metric_version, contract_id, window_start, window_end, '' as metric_group,
        '' as unique_key, null::timestamptz as first_at, 0::decimal(28, 10) as last_value,
        0::decimal(38, 0) as scaled_sum
    from {{ ref('due_windows') }}
    where false
{% endfor %}
