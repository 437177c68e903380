{# A quantity: 10 decimals (S-18). `sum()` and `case` over decimals lose digits unless they are cast. #}
{% macro to_quantity(expression) %}({{ expression }})::decimal(28, 10){% endmacro %}
