{# A decimal with up to 10 decimals as the whole number of its 10^-10 parts. #}
{% macro to_scaled(expression) %}
    (({{ expression }})::decimal(28, 10) * 10000000000::decimal(11, 0))::hugeint
{% endmacro %}
