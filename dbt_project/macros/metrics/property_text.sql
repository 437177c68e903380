{# A property as the text that groups and counts use (S-15): a text as it is, a number in its
   shortest decimal form (1.0 is 1), null when it is absent or null. Empty text is a value. #}
{% macro property_text(key) %}
    {%- set value = 'json_extract_string(properties, ' ~ property_path(key) ~ ')' -%}
    coalesce(
        json_extract_string(property_texts, {{ property_path(key) }}),
        case
            when ends_with({{ value }}, '.0') and json_type(properties, {{ property_path(key) }}) = 'DOUBLE'
                then left({{ value }}, -2)
            else {{ value }}
        end
    )
{%- endmacro %}
