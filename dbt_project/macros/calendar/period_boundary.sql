{# Boundary `number` of periods of a step, always counted from the anchor and clamped to the
   month's last day by DuckDB (S-3): from 31 January 28 February, then 31 March. #}
{% macro period_boundary(anchor_on, step, number) -%}
    (
        {{ anchor_on }} + to_months((({{ number }}) * {{ step }}['months'])::integer)
        + to_days((({{ number }}) * {{ step }}['days'])::integer)
    )::date
{%- endmacro %}
