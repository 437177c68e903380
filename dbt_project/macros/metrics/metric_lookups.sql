{# The lookup tables that billed metrics join, as (metric, version, source node): those that their
   SQL names by lookup(). Known once dbt executes. #}
{% macro metric_lookups() %}
    {% set found = [] %}
    {% for metric, version in billed_metrics() if execute %}
        {% for unique_id in metric_node(metric, version).depends_on.nodes %}
            {% if unique_id.startswith('source.' ~ project_name ~ '.lookups.') %}
                {% do found.append((metric, version, graph.sources[unique_id])) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
