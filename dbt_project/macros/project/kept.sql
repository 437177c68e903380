{# A table that grows, as it is before this run adds to it, for a model that comes before its own: a
   ref() would be a circle. On a first run it is there and empty (meterhouse/dbt/state.py). #}
{% macro kept(schema, name) %}
    {{- return(target.database ~ '.' ~ schema ~ '.' ~ name) -}}
{% endmacro %}
