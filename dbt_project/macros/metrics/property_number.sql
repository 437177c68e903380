{# A property as a number with 10 decimals, or null when it is absent, not a plain decimal, or of
   magnitude 10^15 or more (S-10). An event without any number that a metric asks for, and what is no number, show in `bad_quantities`,
   which finds the properties that a metric reads by the calls of this macro in its SQL. #}
{% macro property_number(key) %}
    {{- number_from_text(property_value(key)) -}}
{% endmacro %}
