-- S-48: every line of an invoice is in its currency, or in a custom pricing unit (S-49).
select lines.invoice_id, lines.line_number, lines.pricing_unit, invoices.currency
from {{ to_rate(ref('draft_lines')) }} as lines
inner join {{ to_rate(ref('draft_invoices')) }} as invoices using (invoice_id)
inner join {{ source('price_book', 'pricing_units') }} as units
    on invoices.price_book = units.price_book
    and lines.pricing_unit = units.pricing_unit
where units.kind = 'currency' and lines.pricing_unit <> invoices.currency
