{# Round to n decimals, half away from zero, n a column (0 to 10). DuckDB's round() wants a constant
   and rounds decimals half away from zero; a float never comes near. #}
{% macro round_decimals(expression, decimals) %}
    case {{ decimals }}
        {% for n in range(11) %}
            when {{ n }} then round({{ expression }}, {{ n }})::decimal(38, 10)
        {% endfor %}
    end
{% endmacro %}
