{# How a metric's days make up a longer time, or none: usage/cumulative_usage does it. A metric that is
   declared in YAML says so by its aggregation. `unique` and `time_average` are for these alone,
   because days roll up by more than their quantities (usage/day_states). What each word means:
   meterhouse/metrics/declaration.py. `combine` is what `rollup` was called up to 0.1. #}
{% macro metric_rollup(meta) %}
    {%- set derived = {
        'count': 'sum', 'sum': 'sum', 'max': 'max', 'min': 'min', 'unique': 'unique', 'latest': 'latest',
        'time_average': 'time_average'
    } -%}
    {{ return(derived.get(meta.aggregation) if meta.aggregation else meta.rollup or meta.combine) }}
{% endmacro %}
