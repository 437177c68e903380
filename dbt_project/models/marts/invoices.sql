-- one row per invoice: final ones as the ledger has them, and drafts as they stand
-- A draft that became final in this run is in the ledger by now and no longer a draft. A view: what is
-- final is not written again for each run. A void publishes it at once, from the same SQL (S-55).
{{ config(materialized='view') }}

with final_invoices as (
    select * from {{ source('ledger', 'invoices') }}
),

drafts as (
    select *
    from {{ ref('draft_invoices') }}
    where invoice_id not in (select final_invoices.invoice_id from final_invoices)
),

voids as (
    select *, {{ next_revision('invoice_id') }} as replacement_id
    from {{ source('ledger', 'voids') }}
),

-- S-50: which of the replacements are there, final or as a draft
replacements as (
    select voids.invoice_id, voids.replacement_id
    from voids
    where
        voids.replacement_id in (select final_invoices.invoice_id from final_invoices)
        or voids.replacement_id in (select drafts.invoice_id from drafts)
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
    voids.voided_at,
    voids.reason as void_reason,
    replacements.replacement_id as replaced_by,
    voids.voided_by,
    payments.payment_status,
    payments.paid_on,
    sent.sent_at,
    sent.provider,
    sent.provider_invoice_id,
    {{ to_amount('coalesce(payments.amount_received, 0)') }} as amount_received,
    {{ to_amount(amount_due('status', 'total', 'payments')) }} as amount_due,
from final_invoices
left join voids using (invoice_id)
left join replacements using (invoice_id)
-- S-72: what the ledger never knows; a month's part is made anew when it changes (mart_parts.py)
left join {{ ref('payment_states') }} as payments using (invoice_id)
left join {{ ref('sent_invoices') }} as sent using (invoice_id)
-- which none is in the ledger: so who asks for drafts does not read what is final
where status <> 'draft'
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
    null::timestamptz as voided_at,
    null as void_reason,
    null as replaced_by,
    null as voided_by,
    null as payment_status,
    null::date as paid_on,
    null::timestamptz as sent_at,
    null as provider,
    null as provider_invoice_id,
    0::decimal(20, 4) as amount_received,
    0::decimal(20, 4) as amount_due,
from drafts
