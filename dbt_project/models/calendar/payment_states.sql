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
)

select
    invoice_id,
    max(status) filter (where place = 1) as payment_status,
    -- the first that paid all of it; what came after says the status
    min(occurred_at::date) filter (where status = 'paid') as paid_on,
    max(occurred_at) as occurred_at,
    max(received_at) as received_at,
from places
group by all
