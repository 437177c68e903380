{# The condition on a day column that leaves the days that a model has to read: none, if nothing is due.
   A variable is a constant to DuckDB when it plans, so that it passes over the rest of the log however
   it orders its joins. The hook note_due_dates() of the same model sets it; without it, all days are read. #}
{% macro due_dates(column) -%}
    {%- if model.resource_type == 'unit_test' -%}
        true
    {%- else -%}
        {%- set days = "getvariable('due_dates_" ~ this.identifier ~ "')" -%}
        {{ column }} between coalesce({{ days }}[1], date '-infinity') and coalesce({{ days }}[2], date 'infinity')
    {%- endif -%}
{%- endmacro %}

{# Before a model reads the log: from which day to which, of those days in calendar.due_window_days, or of
   another table of `calendar`, for which `windows` is true. #}
{% macro note_due_dates(windows, table='due_window_days') %}
    set variable due_dates_{{ this.identifier }} = (
        select [
            coalesce(min(windows.event_date), date 'infinity'),
            coalesce(max(windows.event_date), date '-infinity')
        ]
        from {{ ref(table) }} as windows
        where {{ windows }}
    )
{% endmacro %}

{# The same for a metric's own model. #}
{% macro note_due_dates_of_metric() %}
    {{ note_due_dates(
        "windows.metric = '" ~ model.name ~ "' and windows.metric_version = " ~ model.version
        ~ " and windows.event_seq is null"
    ) }}
{% endmacro %}
