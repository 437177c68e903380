{# Whether an amount is one that a unit price holds: DECIMAL(20,10), so below 10^10 (S-18). #}
{% macro fits_unit_price(amount) -%}
    abs({{ amount }}) < 10000000000
{%- endmacro %}
