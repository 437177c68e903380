{# The final invoices, of contracts that the run computes, whose months follow from days of usage. #}
{% macro invoices_laid_out() %}
    select lines.invoice_id
    from {{ source('ledger', 'invoice_lines') }} as lines
    semi join {{ to_rate(source('ledger', 'invoices')) }} as invoices using (invoice_id)
    where lines.line_type = 'unit_conversion'
        or (
            lines.metric is not null
            and date_trunc('month', lines.service_start) <> date_trunc('month', lines.service_end - 1)
        )
{% endmacro %}
