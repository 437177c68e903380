{# What the billed metrics read as numbers, as (event type, metric, version, property): the calls of
   property_number() in their SQL, with the property's name spelled out, or the aggregation key of
   one that is declared in YAML. Known once dbt executes. #}
{% macro number_properties() %}
    {% set found = [] %}
    {% for metric, version in billed_metrics() if execute %}
        {% set code = metric_node(metric, version).raw_code %}
        {% set meta = metric_node(metric, version).config.meta %}
        {% set read = modules.re.findall("property_number\\(\\s*['\"]([^'\"]+)['\"]", code) %}
        {% if meta.aggregation in ('sum', 'max', 'min', 'latest', 'time_average') %}
            {% do read.append(meta.aggregation_key) %}
        {% endif %}
        {% for property in read | unique | sort %}
            {% for event_type in meta.event_types %}
                {% do found.append((event_type, metric, version, property)) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
