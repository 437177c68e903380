{# Round an unrounded amount to a pricing unit's decimals (0 to 4), half away from zero (S-19). #}
{% macro round_to_unit(expression, decimals) %}
    case {{ decimals }}
        {% for n in range(5) %}
            when {{ n }} then round({{ expression }}, {{ n }})::decimal(20, 4)
        {% endfor %}
    end
{% endmacro %}
