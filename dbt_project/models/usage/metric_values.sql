-- one row per metric version, contract, window and group: what all billed metrics measured
-- The group is JSON text with sorted keys, a missing property null (S-15).
{{ config(materialized='view') }}

{% for metric, version in billed_metrics() %}
    select
        '{{ metric }}' as metric,
        {{ version }} as metric_version,
        contract_id,
        window_start,
        window_end,
        {{ metric_group(metric, version) }} as metric_group,
        quantity,
    from {{ ref(metric, v=version) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
