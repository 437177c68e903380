{# A text as a number with 10 decimals, half away from zero, or null when it is not a plain decimal
   of magnitude below 10^15 (S-10). The magnitude is validated by the digits, before rounding.
   With an exponent DuckDB's cast is exact up to 18 digits on either side of the point; beyond, it
   gives wrong numbers without an error, so such a text counts as no number and is listed. #}
{% macro number_from_text(text) %}
    {%- set number = 'try_cast(' ~ text ~ ' as decimal(28, 10))' -%}
    case
        when {{ is_plain_number(text) }} then {{ number }}
        when regexp_full_match({{ text }}, '[+-]?[0-9]{1,18}([.][0-9]{1,18})?[eE][+-]?[0-9]{1,4}')
            and abs({{ number }}) < 1000000000000000
            then {{ number }}
    end
{%- endmacro %}
