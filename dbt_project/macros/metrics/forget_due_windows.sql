{# Before the windows of this run are noted as computed: forget what was noted for them, and for
   those that nothing needs any more. #}
{% macro forget_due_windows() %}
    {% if execute and load_relation(this) %}
        delete from {{ this }} as stored
        using {{ ref('due_windows') }} as due
        where stored.metric = due.metric
            and stored.metric_version = due.metric_version
            and stored.contract_id = due.contract_id
            and stored.window_start = due.window_start
            and stored.window_end = due.window_end
    {% endif %}
{% endmacro %}
