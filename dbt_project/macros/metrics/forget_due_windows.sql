{# Before the windows of this run are appended: forget what is stored for them and for those that nothing
   needs any more; everything, if no run has noted any window so far. In the same transaction as the
   append. A metric's own table has its windows alone, any other the columns metric and metric_version.
   How this state goes round: the source `last_run` in models/_sources.yml. #}
{% macro forget_due_windows() %}
    delete from {{ this }} as stored
    using {{ ref('due_windows') }} as due
    where due.metric = {{ "'" ~ model.name ~ "'" if model.version else 'stored.metric' }}
        and due.metric_version = {{ model.version or 'stored.metric_version' }}
        and stored.contract_id = due.contract_id
        and stored.window_start = due.window_start
        and stored.window_end = due.window_end;
    {#- A variable is a constant to DuckDB when it plans: nothing is read to delete nothing. #}
    set variable windows_are_noted = (
        select count(*) > 0 from (from {{ source('last_run', 'computed_windows') }} limit 1)
    );
    delete from {{ this }} where not getvariable('windows_are_noted')
{% endmacro %}
