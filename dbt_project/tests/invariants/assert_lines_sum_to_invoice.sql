-- S-48: the lines of an invoice, in its currency, sum to its total.
select invoices.invoice_id, invoices.total, sum(lines.amount) as line_total
from {{ to_rate(ref('draft_invoices')) }} as invoices
left join {{ to_rate(ref('draft_lines')) }} as lines
    on invoices.invoice_id = lines.invoice_id
    and invoices.currency = lines.pricing_unit
group by all
having invoices.total <> coalesce(sum(lines.amount), 0)
