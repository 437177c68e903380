{# A whole number as an invoice's number: 12 → INV-000012 (S-45). In Python: meterhouse/ledger/numbers.py. #}
{% macro invoice_number(number) -%}
    printf('INV-%06d', {{ number }})
{%- endmacro %}
