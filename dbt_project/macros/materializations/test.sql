{# One statement that only reads: dbt's own way opens a transaction for it and rolls it back, and
   there are more tests than models. Failing rows are not stored; the run asks for them again. #}
{% materialization test, adapter='duckdb' %}
    {% do refuse_unsupported() %}
    {% call statement('main', fetch_result=True, auto_begin=False) %}
        {{ get_test_sql(
            sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), config.get('limit')
        ) }}
    {% endcall %}
    {{ return({'relations': []}) }}
{% endmaterialization %}
