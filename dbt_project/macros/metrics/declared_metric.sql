{# A whole metric from its YAML alone (`config.meta`): event types, property filters, aggregation,
   aggregation key, group keys. The metric's file is this one call; everything after it is the same
   as for a metric written in SQL. What may stand there: meterhouse/metrics/declaration.py. #}
{% macro declared_metric() %}
    {%- set meta = declared_meta() if execute else {} -%}
    {%- if meta.aggregation == 'time_average' -%}
        {{ declared_time_average(meta) }}
    {%- else -%}
        select
            contract_id,
            window_start,
            window_end,
            {%- for key in meta.group_keys or [] %}
                {{ property_text(key) }} as {{ key }},
            {%- endfor %}
            {{ declared_quantity(meta.aggregation, meta.aggregation_key) }} as quantity,
        from {{ billable_events() }}
        where {{ declared_conditions(meta) }}
        group by all
        having quantity is not null
    {%- endif %}
{% endmacro %}
