{# A view, replaced like a table (table.sql): dbt's own way renames two views and drops one. #}
{% materialization view, adapter='duckdb', supported_languages=['sql'] %}
    {%- set relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {{ replace_relation(relation, load_cached_relation(this)) }}
    {% endcall %}
    {% do assert_contract('from ' ~ relation) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
