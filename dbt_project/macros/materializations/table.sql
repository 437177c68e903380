{# A table, replaced by one statement in one transaction: whoever reads sees the old one or the new one.
   dbt-duckdb's own way builds it beside the old one, renames both and drops one, which is five more
   statements; most models here take less time than those. The contract is checked first, as there. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {{ replace_table(relation, load_cached_relation(this)) }}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# The statements that put a model's rows in the place of what is there. #}
{% macro replace_table(relation, existing) %}
    {{ get_assert_columns_equivalent(compiled_code) }}
    {% if existing is not none and not existing.is_table %}
        drop {{ existing.type }} {{ existing }};
    {% endif %}
    create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
    insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(compiled_code) }})
{% endmacro %}
