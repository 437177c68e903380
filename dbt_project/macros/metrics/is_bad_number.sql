{# Whether a property is there and is not a number that property_number() takes (S-10); false or null
   if not. The plain ones, nearly all, are told apart first. #}
{% macro is_bad_number(key) -%}
    (not {{ is_plain_number(property_value(key)) }} and {{ property_number(key) }} is null)
{%- endmacro %}
