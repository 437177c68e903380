{# What the billed metrics read as numbers, as (metric, version, property, event types): the calls
   of property_number() in their SQL, with the property's name spelled out, or the aggregation key
   of one that is declared in YAML. Known once dbt executes. #}
{% macro number_properties() %}
    {% set found = [] %}
    {% for metric, version in billed_metrics() if execute %}
        {% set code = metric_node(metric, version).raw_code %}
        {% set meta = metric_node(metric, version).config.meta %}
        {% if meta.aggregation in ('sum', 'max', 'min', 'latest') %}
            {% do found.append((metric, version, meta.aggregation_key, meta.event_types)) %}
        {% endif %}
        {% for property in modules.re.findall("property_number\\(\\s*['\"]([^'\"]+)['\"]", code) | unique | sort %}
            {% do found.append((metric, version, property, meta.event_types)) %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
