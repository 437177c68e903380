{# What invoice_number() made, as a whole number again: INV-000012 → 12; null stays null. #}
{% macro number_of_invoice(invoice_number) -%}
    substr({{ invoice_number }}, 5)::bigint
{%- endmacro %}
