{# Fails on every combination of the grain's columns that stands on more than one row. Nulls are
   values here: two rows with the same null group are one group twice. A table that only grows is
   looked at in its newest batch (`newest_batch_only`), one that is computed by window in the windows
   of this run (`due_windows_only`, by the column `day`), one that is kept by contract in the contracts
   that this run computes (`rated_only`), one that works out final invoices anew in its drafts
   (`drafts_only`), so that a run costs what is new. #}
{% test unique_grain(
    model, columns, newest_batch_only=false, due_windows_only=false, day='window_start', rated_only=false,
    drafts_only=false
) %}
    {{ repeated_grain(
        "(from " ~ model ~ " where status = 'draft')" if drafts_only else model,
        columns,
        ref('due_windows') if due_windows_only,
        source('inputs', 'run') if newest_batch_only,
        day,
        ref('contracts_to_rate') if rated_only,
    ) }}
{% endtest %}
