{# A unit price: 10 decimals (S-18). #}
{% macro to_unit_price(expression) %}({{ expression }})::decimal(20, 10){% endmacro %}
