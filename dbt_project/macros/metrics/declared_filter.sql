{# One property filter of a metric that is declared in YAML, as a condition that is true or false.
   Values are compared as the text of S-15. An absent property is in no list: `in_values` leaves the
   event out, `not_in_values` keeps it, unless `exists: true` stands beside it. #}
{% macro declared_filter(filter) %}
    {%- set text = property_text(filter.name) -%}
    {%- set conditions = ['true'] -%}
    {%- if filter.exists is defined -%}
        {%- do conditions.append('(' ~ text ~ ') is ' ~ ('not null' if filter.exists else 'null')) -%}
    {%- endif -%}
    {%- if filter.in_values is defined -%}
        {%- do conditions.append('coalesce((' ~ text ~ ') in ' ~ declared_values(filter.in_values) ~ ', false)') -%}
    {%- endif -%}
    {%- if filter.not_in_values is defined -%}
        {%- do conditions.append('coalesce((' ~ text ~ ') not in ' ~ declared_values(filter.not_in_values) ~ ', true)') -%}
    {%- endif -%}
    ({{ conditions | join(' and ') }})
{%- endmacro %}
