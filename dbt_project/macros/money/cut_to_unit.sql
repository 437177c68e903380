{# An amount with what is finer than a pricing unit's decimals (0 to 4) cut off, never rounded up. #}
{% macro cut_to_unit(expression, decimals) %}
    case {{ decimals }}
        {% for n in range(5) %}
            when {{ n }} then trunc({{ expression }}, {{ n }})::decimal(20, 4)
        {% endfor %}
    end
{% endmacro %}
