-- one row per invoice: final ones as the ledger has them, and drafts as they stand
-- A draft that became final in this run is in the ledger by now and no longer a draft. A view: what is
-- final is not written again for each run.
{{ config(materialized='view') }}

with final_invoices as (
    select * from {{ source('ledger', 'invoices') }}
)

select
    invoice_id,
    invoice_number,
    invoice_type,
    status,
    customer_id,
    customer_name,
    contract_id,
    currency,
    period_start,
    period_end,
    issue_on,
    due_on,
    finalizes_at,
    finalized_at,
    subtotal,
    credits_applied,
    total,
from final_invoices
union all
select
    invoice_id,
    null as invoice_number,
    invoice_type,
    'draft' as status,
    customer_id,
    customer_name,
    contract_id,
    currency,
    period_start,
    period_end,
    issue_on,
    due_on,
    finalizes_at,
    null::timestamptz as finalized_at,
    subtotal,
    credits_applied,
    total,
from {{ ref('draft_invoices') }}
where invoice_id not in (select final_invoices.invoice_id from final_invoices)
