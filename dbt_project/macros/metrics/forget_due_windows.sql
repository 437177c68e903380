{# The same for tables of all metrics, by their columns `metric` and `metric_version`. #}
{% macro forget_due_windows() %}
    {% if execute and load_relation(this) and relation_exists('usage', 'computed_windows') %}
        delete from {{ this }} as stored
        using {{ ref('due_windows') }} as due
        where stored.metric = due.metric
            and stored.metric_version = due.metric_version
            and stored.contract_id = due.contract_id
            and stored.window_start = due.window_start
            and stored.window_end = due.window_end
    {% elif execute and load_relation(this) %}
        delete from {{ this }}
    {% endif %}
{% endmacro %}
