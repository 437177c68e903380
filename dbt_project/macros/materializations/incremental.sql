{# A table that grows: what the pre-hook deletes and the model appends is one transaction. The rows go
   straight to their table; dbt-duckdb's own way writes them to another one first. Columns other than
   the stored ones are an error, for what is stored was computed without them. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {% if is_incremental() %}
            {{ get_assert_columns_equivalent(compiled_code) }}
            {% do assert_stored_columns(relation) %}
            insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }})
        {% else %}
            {{ replace_table(relation, existing) }}
        {% endif %}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# Fails if the stored table has other columns than the model's contract. #}
{% macro assert_stored_columns(relation) %}
    {%- set stored = format_columns(get_column_schema_from_query('select * from ' ~ relation)) -%}
    {%- set declared = format_columns(get_column_schema_from_query(get_empty_schema_sql(model['columns']))) -%}
    {%- if stored | map(attribute='formatted') | sort != declared | map(attribute='formatted') | sort -%}
        {% do exceptions.raise_compiler_error(
            relation.identifier ~ " was stored by another version of this model, with the columns "
            ~ stored | map(attribute='formatted') | join(', ') ~ "; the model has "
            ~ declared | map(attribute='formatted') | join(', ')
            ~ ". Delete warehouse.duckdb: the next run builds it again from the log."
        ) %}
    {%- endif -%}
{% endmacro %}
