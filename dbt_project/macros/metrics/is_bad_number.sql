{# Whether a property is there and is not a number that property_number() takes (S-10). #}
{% macro is_bad_number(key) %}
    variant_extract(properties, '{{ key | replace("'", "''") }}')::varchar is not null
    and {{ property_number(key) }} is null
{%- endmacro %}
