{# A table that grows: what the pre-hook deletes and the model appends is one transaction. The rows go
   straight to their table; dbt-duckdb's own way writes them to another one first. Columns other than
   the stored ones are an error, for what is stored was computed without them. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {% do refuse_unsupported() %}
    {% do refuse_unsupported_growth() %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {% if is_incremental() %}
            {% do assert_stored_columns(relation, assert_contract(compiled_code)) %}
            insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }})
        {% else %}
            {{ replace_relation(relation, existing) }}
        {% endif %}
    {% endcall %}
    {% if not is_incremental() %}
        {% do assert_contract('from ' ~ relation) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# Fails if the stored table has other columns than the model gives. #}
{% macro assert_stored_columns(relation, given) %}
    {%- set stored = columns_of('from ' ~ relation) -%}
    {%- if stored != given -%}
        {% do exceptions.raise_compiler_error(
            relation.identifier ~ " was stored by another version of this model, with the columns "
            ~ stored | join(', ') ~ "; the model has " ~ given | join(', ')
            ~ ". The next `meterhouse run` makes the warehouse again from the log."
        ) %}
    {%- endif -%}
{% endmacro %}
