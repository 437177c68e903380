{# The text of a property: the canonical one that the log gives where DuckDB would print a value
   otherwise (nested values, long numbers, exponents), else the JSON value's own. Null when it is
   absent or null. #}
{% macro property_value(key) -%}
    coalesce(
        json_extract_string(property_texts, {{ property_path(key) }}),
        json_extract_string(properties, {{ property_path(key) }})
    )
{%- endmacro %}
