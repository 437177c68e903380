{# Properties of an event as a VARIANT, which DuckDB stores by column. Values that it would not print
   in the canonical text of S-15 (nested values, long numbers, exponents) come as text from the log. #}
{% macro to_variant(event) %}
    case
        when {{ event }}.property_texts is null then {{ event }}.properties::json::variant
        else json_merge_patch({{ event }}.properties::json, {{ event }}.property_texts::json)::json::variant
    end
{% endmacro %}
