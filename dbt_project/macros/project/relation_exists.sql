{# Whether a table of the warehouse is there already. State of the run before (the source
   `last_run`) is not there on the first. #}
{% macro relation_exists(schema, identifier) %}
    {{ return(execute and adapter.get_relation(target.database, schema, identifier) is not none) }}
{% endmacro %}
