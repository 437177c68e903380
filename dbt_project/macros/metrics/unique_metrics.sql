{# The billed metrics whose days combine as sets of keys, as (metric, version, config.meta). Known
   once dbt executes. #}
{% macro unique_metrics() %}
    {% set found = [] %}
    {% for metric, version in billed_metrics() if execute %}
        {% set meta = metric_node(metric, version).config.meta %}
        {% if metric_combine(meta) == 'unique' %}{% do found.append((metric, version, meta)) %}{% endif %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
