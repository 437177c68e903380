-- one row per event about the money for an invoice that was known at this run's moment
-- S-72: once per event id, also where two entries of the log should have it. What counts is when it
-- became known here: so a run that is done again sees what the first one saw, whatever came later.
select
    payments.provider,
    payments.event_id,
    payments.invoice_id,
    payments.status,
    -- terminal: nothing that is open counts after it, however it is dated
    payments.status not in ('payment_failed', 'partially_paid') as is_terminal,
    -- of moments that are the same: a provider's clock may count in seconds
    case payments.status
        when 'payment_failed' then 1
        when 'partially_paid' then 2
        when 'uncollectible' then 3
        when 'paid' then 4
        when 'partially_refunded' then 5
        when 'disputed' then 6
        when 'refunded' then 7
        when 'charged_back' then 8
        when 'void' then 9
        else 0
    end as status_rank,
    payments.provider_invoice_id,
    payments.amount,
    payments.currency,
    payments.occurred_at,
    payments.received_at,
    payments.payments_version,
from {{ source('inputs', 'payments') }} as payments
inner join {{ source('inputs', 'run') }} as run on payments.received_at <= run.as_of
qualify row_number() over (
    partition by payments.provider, payments.event_id
    order by payments.payments_version, payments.invoice_id, payments.status
) = 1
