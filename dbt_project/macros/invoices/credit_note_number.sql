{# A whole number as a credit note's number: 12 → CN-000012 (S-55). In Python: meterhouse/ledger/numbers.py. #}
{% macro credit_note_number(number) -%}
    printf('CN-%06d', {{ number }})
{%- endmacro %}
