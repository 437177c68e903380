{# The name and version of the metric that is being built, known once dbt executes. A unit test of a
   metric has a name of its own and says which model it tests. #}
{% macro this_metric() %}
    {% if not execute %}{{ return({'name': model.name, 'version': 0}) }}{% endif %}
    {% set unique_id = (model.get('tested_node_unique_id') or model.unique_id).split('.') %}
    {{ return({'name': unique_id[2], 'version': unique_id[3][1:] | int}) }}
{% endmacro %}
