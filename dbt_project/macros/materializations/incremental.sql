{# A table that grows: what the pre-hook deletes and the model appends is one transaction. The table is
   there from its contract, empty at first, so that the model's SQL may read it on any run. The rows go
   straight to it; dbt-duckdb's own way writes them to another one first. Columns other than the stored
   ones are an error, for what is stored was computed without them. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {% do refuse_unsupported() %}
    {% do refuse_unsupported_growth() %}
    {%- set relation = this.incorporate(type='table') -%}
    {% call statement('state') %}
        {{ kept_table(relation, model.columns) }}
    {% endcall %}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {% do assert_stored_columns(relation, assert_contract(compiled_code)) %}
        insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }})
    {% endcall %}
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
