{# A property as the text that groups and counts use (S-15): a text as it is, a number in its
   shortest decimal form (1.0 is 1), null when it is absent or null. Empty text is a value. #}
{% macro property_text(key) %}
    {%- set value = "variant_extract(properties, '" ~ key | replace("'", "''") ~ "')" -%}
    case
        when variant_typeof({{ value }}) = 'DOUBLE' then regexp_replace({{ value }}::varchar, '\.0$', '')
        else {{ value }}::varchar
    end
{%- endmacro %}
