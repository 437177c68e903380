{# Folder = schema: `models/rating/` lands in schema `rating`, without a target's prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
