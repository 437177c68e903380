{# Whether a text is a plain decimal without exponent, of magnitude below 10^15: nearly all are. #}
{% macro is_plain_number(text) -%}
    regexp_full_match({{ text }}, '[+-]?0*[0-9]{1,15}([.][0-9]+)?')
{%- endmacro %}
