{# Fails on every combination of the grain's columns that stands on more than one row. Nulls are
   values here: two rows with the same null group are one group twice. A table that only grows is
   looked at in its newest batch (`newest_batch_only`), one that is computed by window in the windows
   of this run (`due_windows_only`, by the column `day`), so that a run costs its new events. #}
{% test unique_grain(model, columns, newest_batch_only=false, due_windows_only=false, day='window_start') %}
    {{ repeated_grain(
        model,
        columns,
        ref('due_windows') if due_windows_only,
        source('inputs', 'run') if newest_batch_only,
        day,
    ) }}
{% endtest %}
