{# An amount that is already rounded to its pricing unit; 4 decimals hold every currency. #}
{% macro to_amount(expression) %}({{ expression }})::decimal(20, 4){% endmacro %}
