{# A table, replaced by one statement in one transaction: whoever reads sees the old one or the new one.
   dbt-duckdb's own way builds it beside the old one, renames both and drops one, which is five more
   statements; most models here take less time than those. #}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {{ return(replaced('table')) }}
{% endmaterialization %}

{# A model's table or view takes its place; what a materialization returns. #}
{% macro replaced(type) %}
    {% do refuse_unsupported() %}
    {%- set relation = this.incorporate(type=type) -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {{ replace_relation(relation, load_cached_relation(this)) }}
    {% endcall %}
    {% do assert_contract('from ' ~ relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmacro %}

{# The statement that puts a model's table or view in the place of what is there. #}
{% macro replace_relation(relation, existing) %}
    {% if existing is not none and existing.type != relation.type %}
        drop {{ existing.type }} {{ existing }};
    {% endif %}
    create or replace {{ relation.type }} {{ relation }} as (
        {{ compiled_code }}
    )
{% endmacro %}
