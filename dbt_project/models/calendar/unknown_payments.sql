-- one row per provider and invoice that the ledger does not have, although money of it came back
-- S-72: whoever sent it says that it is ours.
select
    payments.provider,
    payments.invoice_id,
    max(payments.provider_invoice_id) as provider_invoice_id,
    max_by(
        concat_ws(' ', payments.status, payments.amount, payments.currency) || ' (' || payments.event_id || ')',
        (payments.occurred_at, payments.status_rank, payments.event_id)
    ) as detail,
    max(payments.received_at) as received_at,
from {{ ref('payments') }} as payments
anti join {{ source('ledger', 'invoices') }} as invoices on payments.invoice_id = invoices.invoice_id
where payments.withdrawn_at is null
group by all
