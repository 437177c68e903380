{# Joins for a FROM: what final invoices have of the periods of the table or CTE `of_periods` (contract_id,
   period_start), late lines on later invoices too, as `periods`, `lines` and `carriers`, the invoices that the
   lines stand on. A period whose invoice is void has what others carry of it. #}
{% macro final_lines_of(of_periods, line_types) %}
{{ of_periods }} as periods
    inner join {{ source('ledger', 'invoices') }} as owners
        on periods.contract_id = owners.contract_id
        and periods.period_start = owners.period_start
        and owners.invoice_type = 'usage'
    inner join {{ source('ledger', 'invoice_lines') }} as lines
        on owners.invoice_id = coalesce(lines.corrects_invoice_id, lines.invoice_id)
        and lines.line_type in {{ line_types }}
    inner join {{ source('ledger', 'invoices') }} as carriers
        on lines.invoice_id = carriers.invoice_id
        and carriers.status = 'finalized'
        and carriers.invoice_type in ('usage', 'late_usage')
{%- endmacro %}
