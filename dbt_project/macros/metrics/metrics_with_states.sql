{# The billed metrics whose days roll up by more than their quantities, as (metric, version,
   config.meta): usage/day_states. Known once dbt executes. #}
{% macro metrics_with_states() %}
    {% set found = [] %}
    {% for metric, version in billed_metrics() if execute %}
        {% set meta = metric_node(metric, version).config.meta %}
        {% if metric_rollup(meta) in ('unique', 'time_average') %}
            {% do found.append((metric, version, meta)) %}
        {% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
