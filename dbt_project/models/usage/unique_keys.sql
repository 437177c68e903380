-- one row per unique metric version, contract, day, metric group and key that is counted
-- depends_on: {{ ref('due_windows') }}
-- depends_on: {{ ref('due_window_days') }}
-- depends_on: {{ ref('events') }}
-- How the days of a unique count combine: by their sets of keys, which are few where events are
-- many. Only days with new events are read. A group whose events lack the key has a row with a null
-- key: it counts 0, and shows (S-15).
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_due_windows() }}",
) }}

{% for metric, version, meta in unique_metrics() %}
    select
        '{{ metric }}' as metric,
        {{ version }} as metric_version,
        contract_id,
        window_start,
        window_end,
        json_object(
            {% for key in meta.group_keys | sort %}
                '{{ key }}', group_{{ loop.index }}{{ ',' if not loop.last }}
            {% endfor %}
        )::varchar as metric_group,
        unique_key,
    from (
        select distinct
            contract_id,
            window_start,
            window_end,
            {% for key in meta.group_keys | sort %}
                {{ property_text(key) }} as group_{{ loop.index }},
            {% endfor %}
            {{ property_text(meta.aggregation_key) }} as unique_key,
        from
            {{ due_events(
                "windows.metric = '" ~ metric ~ "' and windows.metric_version = " ~ version
                ~ " and windows.window_end = windows.window_start + 1"
            ) }}
        where {{ declared_conditions(meta) }}
    )
    {{ 'union all' if not loop.last }}
{% else %}
    {# While dbt parses, or if no metric counts keys. #}
    select
        metric, metric_version, contract_id, window_start, window_end, '' as metric_group, '' as unique_key
    from {{ ref('due_windows') }}
    where false
{% endfor %}
