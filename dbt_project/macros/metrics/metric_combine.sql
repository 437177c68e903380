{# How a metric's days make up a longer time, or none: usage/running_values does it. A metric that is
   declared in YAML says so by its aggregation. `unique` and `time_average` are for these alone,
   because days combine by more than their quantities (usage/day_states). What each word means:
   dagster_pipeline/declared_metrics.py. #}
{% macro metric_combine(meta) %}
    {%- set derived = {
        'count': 'sum', 'sum': 'sum', 'max': 'max', 'min': 'min', 'unique': 'unique', 'latest': 'latest',
        'time_average': 'time_average'
    } -%}
    {{ return(derived.get(meta.aggregation) if meta.aggregation else meta.combine) }}
{% endmacro %}
