{# Fails on every combination of the grain's columns that stands on more than one row. Nulls are
   values here: two rows with the same null group are one group twice. A table that only grows is
   looked at in its newest batch (`newest_batch_only`), one that is computed by window in the windows
   of this run (`due_windows_only`, by the column `day`), so that a run costs its new events. #}
{% test unique_grain(model, columns, newest_batch_only=false, due_windows_only=false, day='window_start') %}
    select {% for column in columns %}tested.{{ adapter.quote(column) }}, {% endfor %}count(*) as row_count
    from {{ model }} as tested
    {% if due_windows_only %}
        semi join {{ ref('due_windows') }} as due
            on tested.metric = due.metric
            and tested.metric_version = due.metric_version
            and tested.contract_id = due.contract_id
            and tested.{{ day }} = due.window_start
    {% endif %}
    {% if newest_batch_only %}
        where log_version = (select run.log_version from {{ source('inputs', 'run') }} as run)
    {% endif %}
    group by all
    having count(*) > 1
{% endtest %}
