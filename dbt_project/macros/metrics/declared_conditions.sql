{# Whether an event passes all property filters of a metric that is declared in YAML. #}
{% macro declared_conditions(meta) %}
    true
    {%- for filter in meta.property_filters or [] %}
        and {{ declared_filter(filter) }}
    {%- endfor %}
{%- endmacro %}
