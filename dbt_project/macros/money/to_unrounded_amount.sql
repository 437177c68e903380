{# An amount before its one rounding: quantity × unit price, 20 decimals (S-18). #}
{% macro to_unrounded_amount(expression) %}({{ expression }})::decimal(38, 20){% endmacro %}
