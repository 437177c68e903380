-- one row per invoice of which a payment is known: what became of its money
-- S-72: the latest moment counts, a terminal status wins over an open one.
with places as (
    select
        *,
        row_number() over (
            partition by invoice_id
            order by is_terminal desc, occurred_at desc, status_rank desc, event_id desc, provider desc
        ) as place,
    from {{ ref('payments') }}
    where withdrawn_at is null
),

received as (
    select invoice_id, sum(amount_counted) as amount_received
    from {{ ref('payment_amounts') }}
    group by all
),

states as (
    select
        invoice_id,
        max(status) filter (where place = 1) as payment_status,
        -- the first that paid all of it; what came after says the status
        min(occurred_at::date) filter (where status = 'paid') as paid_on,
        -- of those that say whether it counts as paid the last one
        arg_min(is_settled, place) filter (where is_settled is not null) as is_settled,
        max(occurred_at) as occurred_at,
        max(received_at) as received_at,
    from places
    group by all
)

select
    states.invoice_id,
    states.payment_status,
    states.paid_on,
    coalesce(states.is_settled, false) as is_settled,
    {{ to_amount('coalesce(received.amount_received, 0)') }} as amount_received,
    states.occurred_at,
    states.received_at,
from states
left join received using (invoice_id)
