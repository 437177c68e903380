{# A whole metric from its YAML alone (`config.meta`): event types, property filters, aggregation,
   aggregation key, group keys. The metric's file is this one call; everything after it is the same
   as for a metric written in SQL. What may stand there: dagster_pipeline/declared_metrics.py. #}
{% macro declared_metric() %}
    {%- set meta = declared_meta() if execute else {} -%}
    select
        contract_id,
        window_start,
        window_end,
        {%- for key in meta.group_keys or [] %}
            {{ property_text(key) }} as {{ key }},
        {%- endfor %}
        {{ declared_quantity(meta.aggregation, meta.aggregation_key) }} as quantity,
    from {{ billable_events() }}
    where true
        {%- for filter in meta.property_filters or [] %}
            and {{ declared_filter(filter) }}
        {%- endfor %}
    group by all
    having quantity is not null
{% endmacro %}
