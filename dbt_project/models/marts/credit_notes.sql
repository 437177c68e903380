-- one row per credit note: it takes back the lines of a void invoice, on the day of the void (S-55)
-- Amounts are those of the invoice with the other sign. The void of an invoice without a
-- number has no credit note. A void publishes it at once, from the same SQL.
{{ config(materialized='view') }}

select
    voids.credit_note_number,
    voids.invoice_id,
    invoices.invoice_number,
    voids.voided_at::date as issue_on,
    invoices.currency,
    {{ to_amount('-invoices.total') }} as total,
    voids.reason,
    invoices.customer_id,
    invoices.customer_name,
    invoices.contract_id,
    {{ to_amount('-invoices.subtotal') }} as subtotal,
    {{ to_amount('-invoices.credits_applied') }} as credits_applied,
    voids.voided_at,
    voids.voided_by,
from {{ source('ledger', 'voids') }} as voids
inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
where voids.credit_note_number is not null
