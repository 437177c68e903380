{# Tables that grow, made empty from their contracts where they are missing, before the first model of
   `dbt build` by hand reads them (a run: meterhouse/dbt/state.py). What is noted of a metric's windows
   is forgotten where its table is missing: the values are not there. #}
{% macro make_kept_tables() %}
    {%- if execute -%}
        {%- set kept = graph.nodes.values()
            | selectattr('resource_type', 'equalto', 'model')
            | selectattr('config.materialized', 'equalto', 'incremental') | list -%}
        {%- for node in kept %}
            create schema if not exists {{ adapter.quote(node.schema) }};
        {%- endfor %}
        {%- for node in kept | selectattr('name', 'equalto', 'computed_windows') %}
            {{ kept_table(node.relation_name, node.columns) }};
            {%- for metric in kept | selectattr('schema', 'equalto', 'metrics') %}
                delete from {{ node.relation_name }}
                where metric = '{{ metric.name }}' and metric_version = {{ metric.version }}
                    and not exists (
                        select 1 from duckdb_tables()
                        where database_name = current_database()
                            and schema_name = 'metrics' and table_name = '{{ metric.alias }}'
                    );
            {%- endfor %}
        {%- endfor %}
        {%- for node in kept %}
            {{ kept_table(node.relation_name, node.columns) }};
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
