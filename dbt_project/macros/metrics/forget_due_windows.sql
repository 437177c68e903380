{# Before the windows of this run are appended: forget what is stored for them and for those that nothing
   needs any more; everything, if no run has come to its end so far. In the same transaction as the
   append. A metric's own table has its windows alone, any other the columns metric and metric_version.
   How this state goes round: the source `last_run` in models/_sources.yml. #}
{% macro forget_due_windows() %}
    {% set due_windows = ref('due_windows') %}
    {% if execute and load_relation(this) and relation_exists('usage', 'computed_windows') %}
        delete from {{ this }} as stored
        using {{ due_windows }} as due
        where due.metric = {{ "'" ~ model.name ~ "'" if model.version else 'stored.metric' }}
            and due.metric_version = {{ model.version or 'stored.metric_version' }}
            and stored.contract_id = due.contract_id
            and stored.window_start = due.window_start
            and stored.window_end = due.window_end
    {% elif execute and load_relation(this) %}
        delete from {{ this }}
    {% endif %}
{% endmacro %}
