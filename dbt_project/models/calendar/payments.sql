-- one row per event about the money for an invoice that was known at this run's moment
-- S-72: once per event id, also where two entries of the log should have it. What counts is when it
-- became known here: so a run that is done again sees what the first one saw, whatever came later.
-- One that was withdrawn by then counts no more, but is here: what became final meanwhile stays (S-73).
with known as (
    select payments.*
    from {{ source('inputs', 'payments') }} as payments
    inner join {{ source('inputs', 'run') }} as run on payments.received_at <= run.as_of
),

withdrawals as (
    select
        provider,
        withdraws as event_id,
        payments_version as withdrawn_version,
        received_at as withdrawn_at,
        occurred_at::date as withdrawn_from,
    from known
    where status = 'withdrawn'
    qualify row_number() over (partition by provider, withdraws order by payments_version, received_at) = 1
)

select
    known.provider,
    known.event_id,
    known.invoice_id,
    known.status,
    -- terminal: nothing that is open counts after it, however it is dated
    known.status not in ('payment_failed', 'partially_paid') as is_terminal,
    -- of moments that are the same: a provider's clock may count in seconds
    case known.status
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
    -- whether the invoice counts as paid from it on; null: it changes nothing of that (S-73). A refund that
    -- has failed leaves the money there, or the rest of it.
    case
        when known.status = 'paid' then true
        when known.status in ('refunded', 'charged_back') then false
        when known.status = 'partially_refunded' and contains(known.event_type, 'refund.') then true
    end as is_settled,
    known.provider_invoice_id,
    known.event_type,
    known.amount,
    known.given_back,
    known.currency,
    known.occurred_at,
    known.received_at,
    known.payments_version,
    withdrawals.withdrawn_version,
    withdrawals.withdrawn_at,
    withdrawals.withdrawn_from,
from known
left join withdrawals using (provider, event_id)
where known.status <> 'withdrawn'
qualify row_number() over (
    partition by known.provider, known.event_id
    order by known.payments_version, known.invoice_id, known.status
) = 1
