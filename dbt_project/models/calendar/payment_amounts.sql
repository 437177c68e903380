-- one row per event that moves money of a final invoice, and how much of it counts
-- S-72: what comes in counts up to what is still open of the total, what goes back up to what was received.
-- So a payment that two sides tell counts once, and what was received is the sum. A provider that says all it has
-- given back by then says the same money again with each event: what counts is how that changes.
with recursive moving as materialized (
    select
        payments.invoice_id, payments.provider, payments.event_id, payments.event_type, payments.status,
        payments.amount, payments.given_back, payments.occurred_at, payments.status_rank,
        greatest(invoices.total, 0) as total,
    from {{ ref('payments') }} as payments
    inner join {{ source('ledger', 'invoices') }} as invoices
        on payments.invoice_id = invoices.invoice_id
        and coalesce(payments.currency, invoices.currency) = upper(invoices.currency)
    where payments.withdrawn_at is null
        and (
            payments.given_back is not null
            or payments.status in ('paid', 'partially_paid', 'partially_refunded', 'refunded', 'charged_back')
        )
),

-- Of nearly all invoices there is one, which needs no order.
longer as (
    select invoice_id from moving group by all having count(*) > 1
),

placed as (
    select
        moving.*,
        coalesce(lag(moving.given_back ignore nulls) over (
            partition by moving.invoice_id, moving.provider
            order by moving.occurred_at, moving.status_rank, moving.event_id
        ), 0) as given_back_before,
        row_number() over (
            partition by moving.invoice_id
            order by moving.occurred_at, moving.status_rank, moving.event_id, moving.provider
        ) as place,
    from moving
    semi join longer using (invoice_id)
    union all
    select moving.*, 0 as given_back_before, 1 as place
    from moving
    anti join longer using (invoice_id)
),

moved as (
    select
        invoice_id, provider, event_id, total, place,
        case
            when given_back is not null then given_back_before - given_back
            -- of a provider's dispute that was won: nothing had gone back
            when status = 'paid' and not starts_with(coalesce(event_type, ''), 'charge.dispute.')
                then coalesce(amount, total)
            when status = 'partially_paid' then coalesce(amount, 0)
            when status = 'partially_refunded' then -coalesce(amount, 0)
            when status in ('refunded', 'charged_back') then -total
            else 0
        end as amount,
    from placed
),

several as materialized (
    select moved.* from moved semi join longer using (invoice_id)
),

counted as (
    select
        invoice_id, provider, event_id, place, total,
        least(greatest(amount, 0), total)::decimal(20, 4) as received_by_then,
        least(greatest(amount, 0), total)::decimal(20, 4) as amount_counted,
    from moved
    where place = 1
    union all
    select
        several.invoice_id, several.provider, several.event_id, several.place, several.total,
        least(greatest(counted.received_by_then + several.amount, 0), several.total)::decimal(20, 4),
        (
            least(greatest(counted.received_by_then + several.amount, 0), several.total)
            - counted.received_by_then
        )::decimal(20, 4),
    from counted
    inner join several
        on counted.invoice_id = several.invoice_id
        and counted.place + 1 = several.place
)

select
    provider,
    event_id,
    invoice_id,
    amount_counted,
    received_by_then,
    place::integer as place,
from counted
