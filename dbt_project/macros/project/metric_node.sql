{# The dbt node of one metric version: its event types, group keys and way to rollup days are
   declared once, in its YAML (`config.meta`). Known only while dbt executes. #}
{% macro metric_node(metric, version) %}
    {% set unique_id = 'model.' ~ project_name ~ '.' ~ metric ~ '.v' ~ version %}
    {% if unique_id not in graph.nodes %}
        {{ exceptions.raise_compiler_error(
            "billed_metrics() lists " ~ metric ~ " version " ~ version ~ ", but there is no model "
            ~ metric ~ "_v" ~ version ~ ".sql with a YAML entry under models/metrics/" ~ metric
            ~ "/. Add both, or take the line out of macros/project/billed_metrics.sql."
        ) }}
    {% endif %}
    {{ return(graph.nodes[unique_id]) }}
{% endmacro %}
