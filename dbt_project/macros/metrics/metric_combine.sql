{# How a metric's days make up a longer time: `sum`, `max`, `min`, or none. A metric that is declared
   in YAML says so by its aggregation. #}
{% macro metric_combine(meta) %}
    {%- set derived = {'count': 'sum', 'sum': 'sum', 'max': 'max', 'min': 'min'} -%}
    {{ return(derived.get(meta.aggregation) if meta.aggregation else meta.combine) }}
{% endmacro %}
