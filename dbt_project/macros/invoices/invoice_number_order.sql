{# The order in which invoices that become final together get their numbers (S-45), as the columns of
   an `order by`. In Python: meterhouse/ledger/numbers.py. #}
{% macro invoice_number_order(invoices) -%}
    {{ invoices }}.issue_on, {{ invoices }}.contract_id, {{ invoices }}.invoice_id
{%- endmacro %}
