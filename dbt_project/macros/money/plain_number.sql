{# A decimal as people write it, without the zeros at its end: 2, 0.5. #}
{% macro plain_number(number) -%}
    regexp_replace({{ number }}::varchar, '\.?0+$', '')
{%- endmacro %}
