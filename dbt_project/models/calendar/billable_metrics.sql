-- one row per billed metric version and event type that it reads
-- From the metrics' own YAML (`config.meta`); the list is macros/project/billed_metrics.sql.
{% for metric, version in billed_metrics() if execute %}
    {% set node = metric_node(metric, version) %}
    {% set rollup = metric_rollup(node.config.meta) %}
    {% set carry = metric_carry(node.config.meta) %}
    {% for event_type in node.config.meta.event_types %}
        select
            '{{ metric }}' as metric,
            {{ version }} as metric_version,
            '{{ event_type }}' as event_type,
            {{ "'" ~ rollup ~ "'" if rollup else 'null' }}::varchar as rollup,
            '{{ metric_checksum(node) }}' as checksum,
            {{ "'" ~ carry.key ~ "'" if carry else 'null' }}::varchar as carry,
        {{ 'union all' if not loop.last }}
    {% endfor %}
    {{ 'union all' if not loop.last }}
{% endfor %}
