{# How a metric's days make up a longer time, or none: usage/running_values does it. A metric that is
   declared in YAML says so by its aggregation. `unique` is for these alone, because the days' keys
   are needed too (usage/unique_keys). What each word means: dagster_pipeline/declared_metrics.py. #}
{% macro metric_combine(meta) %}
    {%- set derived = {
        'count': 'sum', 'sum': 'sum', 'max': 'max', 'min': 'min', 'unique': 'unique', 'latest': 'latest'
    } -%}
    {{ return(derived.get(meta.aggregation) if meta.aggregation else meta.combine) }}
{% endmacro %}
