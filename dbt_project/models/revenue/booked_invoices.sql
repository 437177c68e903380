-- one row per invoice of a contract that this run computes, final or due in this run or open: when it is booked
-- S-81: an invoice that replaces a void one (S-50) is booked in the month of the void at the earliest,
-- however old its period is, and what it says was earned in its days too. What stands on a scheduled
-- invoice is not earned before its date, late lines not before the period of the invoice that carries them.
{{ config(materialized='view') }}

with headers as (
    select
        invoice_id, contract_id, customer_id, currency, invoice_type, issue_on, period_start,
        true as is_final,
    from {{ to_rate(source('ledger', 'invoices')) }}
    union all
    select
        invoice_id, contract_id, customer_id, currency, invoice_type, issue_on, period_start,
        -- it becomes final when this run's models have passed their tests
        is_due as is_final,
    from {{ to_rate(ref('draft_invoices')) }}
    anti join {{ source('ledger', 'invoices') }} as finals using (invoice_id)
),

voids as (
    select invoice_id, voided_at::date as voided_on, {{ next_revision('invoice_id') }} as replacement_id
    from {{ source('ledger', 'voids') }}
)

select
    headers.*,
    voids.voided_on,
    greatest(headers.issue_on, replaced.voided_on) as booked_on,
    -- the first day on which anything of it can have been earned
    greatest(
        case when headers.invoice_type = 'scheduled' then headers.issue_on end, replaced.voided_on
    ) as known_from,
    coalesce(headers.period_start, (headers.issue_on - 35)::date) as late_known_from,
from headers
left join voids using (invoice_id)
left join voids as replaced on headers.invoice_id = replaced.replacement_id
