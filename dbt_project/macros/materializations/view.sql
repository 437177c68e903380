{# A view, replaced like a table (table.sql): dbt's own way renames two views and drops one. #}
{% materialization view, adapter='duckdb', supported_languages=['sql'] %}
    {{ return(replaced('view')) }}
{% endmaterialization %}
