-- one row per gated commit segment of the run's price book, or bought by a threshold: what it waits for (S-73)
with served as (
    select price_book, commit_id, segment, min(serves_from) as serves_from
    from {{ ref('gate_stretches') }}
    group by all
),

-- the invoice that asks for it now: the last one that is not void
purchases as (
    select
        lines.commit_id,
        invoices.issue_on as purchase_on,
        arg_max(invoices.invoice_id, invoices.sequence) as invoice_id,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    where lines.line_type = 'commit_purchase' and invoices.status = 'finalized'
        and lines.commit_id in (select commit_id from {{ ref('payment_gates') }})
    group by all
),

last_changes as (
    select price_book, commit_id, segment, invoice_id, is_paid, happened_on, counts_from
    from {{ ref('gate_changes') }}
    qualify row_number() over (partition by price_book, commit_id, segment order by counts_from desc) = 1
)

select
    gates.contract_id,
    gates.commit_id,
    gates.segment,
    gates.starting_on,
    gates.ending_before,
    gates.purchase_on,
    purchases.invoice_id as purchase_invoice_id,
    served.commit_id is not null as has_served,
    served.serves_from,
    -- what is unused expires with the payment, until another one
    case when served.commit_id is not null and not changes.is_paid then changes.counts_from end as ended_on,
    case when gates.is_free then gates.purchase_on when changes.is_paid then changes.happened_on end as paid_on,
    case
        when gates.is_free or changes.is_paid then 'paid'
        -- none came, or what came was withdrawn
        when changes.invoice_id is null then 'waiting for payment'
        else 'payment taken back'
    end as payment,
from {{ ref('payment_gates') }} as gates
inner join {{ source('inputs', 'run') }} as run on coalesce(gates.price_book, run.price_book) = run.price_book
left join served
    on gates.price_book is not distinct from served.price_book
    and gates.commit_id = served.commit_id
    and gates.segment = served.segment
left join purchases
    on gates.commit_id = purchases.commit_id
    and gates.purchase_on = purchases.purchase_on
left join last_changes as changes
    on gates.price_book is not distinct from changes.price_book
    and gates.commit_id = changes.commit_id
    and gates.segment = changes.segment
