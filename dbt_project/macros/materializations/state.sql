{# Tables that grow, made empty from their contracts where they are missing, before the first model of
   `dbt build` by hand reads them (a run: meterhouse/dbt/state.py). Notes of windows whose values are
   not there are forgotten with a metric's table. #}
{% macro make_kept_tables() %}
    {%- if execute -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.resource_type == 'model' and node.config.materialized == 'incremental' %}
                create schema if not exists {{ adapter.quote(node.schema) }};
                {{ kept_table(node.relation_name, node.columns) }};
            {%- endif -%}
        {%- endfor %}
    {%- endif -%}
{% endmacro %}

{# The statement that makes one of them. #}
{% macro kept_table(relation, columns) %}
    create table if not exists {{ relation }} (
        {%- for column in columns.values() -%}
            {{ adapter.quote(column.name) }} {{ column.data_type }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
