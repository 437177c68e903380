{# Where a property stands in the JSON of an event: a JSON pointer as a SQL text. `key` is the name of
   the property; any name works, also with dots, slashes or quotes. #}
{% macro property_path(key) -%}
    '/{{ key | replace("~", "~0") | replace("/", "~1") | replace("'", "''") }}'
{%- endmacro %}
