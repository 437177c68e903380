{# Tables that grow, made empty from their contracts where they are missing, before the first model of
   `dbt build` by hand reads them (a run: meterhouse/dbt/state.py). What is noted of a metric's windows
   is forgotten where its table is missing: the values are not there. #}
{% macro make_kept_tables() %}
    {%- if execute -%}
        {%- set notes = adapter.get_relation(target.database, 'usage', 'computed_windows') -%}
        {%- for node in graph.nodes.values() -%}
            {%- if node.resource_type == 'model' and node.config.materialized == 'incremental' %}
                {%- if notes and node.schema == 'metrics'
                    and not adapter.get_relation(node.database, node.schema, node.alias) %}
                    delete from {{ notes }}
                    where metric = '{{ node.name }}' and metric_version = {{ node.version }};
                {%- endif %}
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
