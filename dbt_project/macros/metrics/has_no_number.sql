{# Whether a property gives property_number() nothing: it is absent, null or no number (S-10, S-53). The
   plain ones, nearly all, are told apart first. #}
{% macro has_no_number(key) -%}
    (not coalesce({{ is_plain_number(property_value(key)) }}, false) and {{ property_number(key) }} is null)
{%- endmacro %}
