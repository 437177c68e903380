{# How many steps lead from one date to another: the boundary there, or the one after it (S-3). #}
{% macro steps_between(first, last, step) -%}
    case
        when {{ step }}['months'] = 0 then date_diff('day', {{ first }}, {{ last }}) // {{ step }}['days']
        else date_diff('month', {{ first }}, {{ last }}) // {{ step }}['months']
    end
{%- endmacro %}
