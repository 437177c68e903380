{# After it is known which windows are due: what is stored for them counts as out of date until
   usage.computed_windows notes them again (why: the source `last_run` in models/_sources.yml). Before
   any window was noted there is nothing to mark: then all is due, and all that is stored is forgotten. #}
{% macro mark_due_windows() %}
    merge into {{ source('last_run', 'computed_windows') }} as stored
    using (
        select due.*
        from {{ this }} as due
        where exists (select 1 from {{ source('last_run', 'computed_windows') }})
    ) as due
        on stored.metric = due.metric
        and stored.metric_version = due.metric_version
        and stored.contract_id = due.contract_id
        and stored.window_start = due.window_start
        and stored.window_end = due.window_end
    when matched then update set fingerprint = ''
    when not matched then
        insert (metric, metric_version, contract_id, window_start, window_end, fingerprint)
        values (
            due.metric, due.metric_version, due.contract_id, due.window_start, due.window_end, ''
        )
{% endmacro %}
