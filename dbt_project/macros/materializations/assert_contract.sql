{# Fails, with dbt's own words, if a query gives other columns than the model's contract. The query is
   the relation that was made, in the transaction that made it, where a query over a table will do: to
   plan the model's own once more costs as much as to run it on few rows. Gives the columns. #}
{% macro assert_contract(query) %}
    {%- set given, declared = columns_of(query), [] -%}
    {%- for column in model['columns'].values() -%}
        {%- do declared.append(column['name'] ~ ' ' ~ duckdb_type(column['data_type'])) -%}
    {%- endfor -%}
    {# Otherwise they differ, or have a nested type, whose parts DuckDB lists one by one. #}
    {%- if given != declared | sort -%}
        {% do get_assert_columns_equivalent(query) %}
    {%- endif -%}
    {{ return(given) }}
{% endmacro %}

{# Names and types of a query's columns, sorted. #}
{% macro columns_of(query) %}
    {%- set columns = [] -%}
    {%- for column in adapter.get_column_schema_from_query(query ~ '\n') -%}
        {%- do columns.append(column.name ~ ' ' ~ column.dtype) -%}
    {%- endfor -%}
    {{ return(columns | sort) }}
{% endmacro %}

{# A type as DuckDB spells it. #}
{% macro duckdb_type(declared) -%}
    {{- declared | upper | replace(' ', '') | replace('TIMESTAMPWITHTIMEZONE', 'TIMESTAMPTZ')
        | replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE') -}}
{%- endmacro %}
