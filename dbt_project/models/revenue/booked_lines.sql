-- one row per invoice line of a contract that this run computes, final or draft, coverage too
{{ config(materialized='view') }}

select
    invoices.contract_id, lines.invoice_id, lines.line_number, lines.line_type, lines.product_id, lines.commit_id,
    lines.pricing_unit, lines.corrects_invoice_id, lines.service_start, lines.service_end, lines.amount,
from {{ source('ledger', 'invoice_lines') }} as lines
inner join {{ to_rate(source('ledger', 'invoices')) }} as invoices using (invoice_id)
union all
select
    drafts.contract_id, drafts.invoice_id, drafts.line_number, drafts.line_type, drafts.product_id, drafts.commit_id,
    drafts.pricing_unit, drafts.corrects_invoice_id, drafts.service_start, drafts.service_end, drafts.amount,
from {{ to_rate(ref('draft_lines')) }} as drafts
anti join {{ source('ledger', 'invoices') }} as finals using (invoice_id)
