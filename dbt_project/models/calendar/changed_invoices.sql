-- one row per invoice of the ledger and thing that became known of it since the run that is kept
-- Became final or void (S-43, S-50), or a payment is known (S-72), which a run sees from the moment on that it
-- was received at. A threshold that bought at the very instant of that run may buy again at a later one (S-58).
with kept as (
    select * from {{ source('inputs', 'kept_run') }}
),

paid as (
    select distinct payments.invoice_id
    from {{ source('inputs', 'payments') }} as payments
    inner join kept
        on payments.payments_version > kept.payments_version
        or payments.received_at > kept.as_of
)

select
    invoices.invoice_id,
    invoices.contract_id,
    'ledger' as cause,
from {{ source('ledger', 'invoices') }} as invoices
inner join kept
    on invoices.sequence > kept.ledger_sequence
    or invoices.voided_sequence > kept.ledger_sequence
    or invoices.finalized_at >= kept.as_of
union all
select
    invoices.invoice_id,
    invoices.contract_id,
    'payment' as cause,
from {{ source('ledger', 'invoices') }} as invoices
semi join paid on invoices.invoice_id = paid.invoice_id
