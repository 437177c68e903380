{# A table that holds all contracts, of which a run computes some (calendar.contracts_to_rate): what is
   kept of these is deleted and what the model gives is appended, in one transaction, so whoever reads
   sees the old rows or the new ones. Where nothing is kept (`inputs.kept_run` has no row) all contracts
   are computed, and the table is replaced. Of a contract that is kept no row is taken, whatever the model
   gives: it would stand twice. #}
{% materialization by_contract, adapter='duckdb', supported_languages=['sql'] %}
    {% do refuse_unsupported() %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set is_kept = run_query('select count(*) from ' ~ target.database ~ '.inputs.kept_run').rows[0][0] > 0 -%}
    {%- if is_kept and (existing is none or existing.type != 'table') -%}
        {% do exceptions.raise_compiler_error(
            this.identifier ~ " is not in the warehouse any more, of which this run would keep what it does "
            ~ "not compute. Compute all contracts: meterhouse run --again"
        ) %}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if is_kept %}
        {% call statement('forget') %}
            delete from {{ relation }}
            where contract_id in (select contract_id from {{ target.database }}.calendar.contracts_to_rate)
        {% endcall %}
        {% call statement('main') %}
            insert into {{ relation }} by name
            select * from ({{ compiled_code }}
            ) as computed
            where contract_id in (select contract_id from {{ target.database }}.calendar.contracts_to_rate)
        {% endcall %}
    {% else %}
        {% call statement('main') %}
            {{ replace_relation(relation, existing) }}
        {% endcall %}
        {% do assert_contract('from ' ~ relation) %}
    {% endif %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
