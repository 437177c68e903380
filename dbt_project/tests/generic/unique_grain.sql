{# Fails on every combination of the grain's columns that stands on more than one row. Nulls are
   values here: two rows with the same null group are one group twice. A table that only grows is
   looked at in its newest batch (`newest_batch_only`), one that is computed by window in the windows
   of this run (`due_windows_only`), so that a run costs its new events. #}
{% test unique_grain(model, columns, newest_batch_only=false, due_windows_only=false) %}
    select {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}count(*) as row_count
    from {{ model }}
    {% if due_windows_only %}
        semi join {{ ref('due_windows') }} using (metric, metric_version, contract_id, window_start)
    {% endif %}
    {% if newest_batch_only %}
        where log_version = (select run.log_version from {{ source('inputs', 'run') }} as run)
    {% endif %}
    group by all
    having count(*) > 1
{% endtest %}
