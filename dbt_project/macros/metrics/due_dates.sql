{# The condition on a day column that leaves the days which those of calendar.due_window_days, or of
   another table of `calendar`, have to read: none, if nothing is due. Spelled out as dates, so that
   DuckDB passes over the rest of the log however it orders its joins. A unit test has no dates but all
   of its rows. #}
{% macro due_dates(column, windows, table='due_window_days') %}
    {%- set days = none -%}
    {%- if execute and model.resource_type != 'unit_test' and relation_exists('calendar', table) -%}
        {%- set query -%}
            select min(event_date)::varchar, max(event_date)::varchar
            from {{ target.database }}.calendar.{{ table }} as windows
            where {{ windows }}
        {%- endset -%}
        {%- set days = run_query(query).rows[0] -%}
    {%- endif -%}
    {%- if days is none -%} true
    {%- elif days[0] is none -%} false
    {%- else -%} {{ column }} between date '{{ days[0] }}' and date '{{ days[1] }}'
    {%- endif -%}
{% endmacro %}
