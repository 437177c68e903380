{# The decimal of a whole number of 10^-10 parts: the way back from to_scaled(). #}
{% macro from_scaled(expression) %}
    (({{ expression }})::decimal(38, 0) * 0.0000000001::decimal(11, 10))::decimal(28, 10)
{% endmacro %}
