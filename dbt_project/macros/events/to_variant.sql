{# Properties as a VARIANT, which DuckDB stores by column. Values that it would not print in the
   canonical text of S-15 (nested values, long numbers, exponents) come as text from the log. #}
{% macro to_variant(properties, property_texts) %}
    case
        when {{ property_texts }} is null then {{ properties }}::json::variant
        else json_merge_patch({{ properties }}::json, {{ property_texts }}::json)::json::variant
    end
{% endmacro %}
