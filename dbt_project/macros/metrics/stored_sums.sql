{# Per window, what is stored of it: the engine's version, whose hashes another one need not give, how
   many rows, and a sum over them in which their order does not count. `tables`: (metric, version,
   relation), without a metric where the rows say theirs; `condition`: on each of them as `stored`. #}
{% macro stored_sums(tables, condition) %}
    select
        metric,
        metric_version,
        contract_id,
        window_start,
        window_end,
        concat_ws(':', version(), count(*), sum(row_hash)) as stored,
    from (
        {% for metric, version, relation in tables %}
            select
                {{ "'" ~ metric ~ "'" if metric else 'stored.metric' }} as metric,
                {{ version or 'stored.metric_version' }} as metric_version,
                stored.contract_id,
                stored.window_start,
                stored.window_end,
                hash(stored) as row_hash,
            from {{ relation }} as stored
            where {{ condition }}
            union all
        {% endfor %}
        select '' as metric, 0 as metric_version, '' as contract_id, null as window_start, null as window_end,
            0::ubigint as row_hash
        where false
    )
    group by all
{% endmacro %}

{# The same of a window without rows. #}
{% macro nothing_stored() %}version() || ':0:'{% endmacro %}

{# The tables that are stored by window, as the run before left them. #}
{% macro stored_tables() %}
    {%- set tables = [] -%}
    {%- for metric, version in billed_metrics() -%}
        {%- do tables.append((metric, version, 'metrics."' ~ metric ~ '_v' ~ version ~ '"')) -%}
    {%- endfor -%}
    {%- for name in ('day_states', 'bad_quantity_days') -%}
        {%- do tables.append((none, none, 'usage.' ~ name)) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}
