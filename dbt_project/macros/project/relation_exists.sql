{# Whether a table of the warehouse is there already. State that a later room writes (which windows
   are computed) is read this way by an earlier one on the next run, which `ref` cannot say. #}
{% macro relation_exists(schema, identifier) %}
    {{ return(execute and adapter.get_relation(target.database, schema, identifier) is not none) }}
{% endmacro %}
