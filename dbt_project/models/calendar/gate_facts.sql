-- one row per gated commit segment and thing that happened to its purchase: from which day, and up to which, it counts
-- S-73. Paid: by what came back of the invoice (S-72), or because it asks for nothing. Not any more: the money
-- went back, or the purchase is void (S-50).
-- A final invoice never changes: for what became known after a period was final, that period and all before it are
-- as they were, and it counts from the first day after. An invoice is final without a payment if the run
-- that made it so had not read it. So it is with a payment that was withdrawn: in what was final by then it counts,
-- from the first day after it is as if it had never come.
with gates as (
    select * from {{ ref('payment_gates') }}
),

purchases as (
    select
        lines.commit_id, invoices.invoice_id, invoices.issue_on, invoices.sequence, invoices.total,
        voids.voided_at::date as voided_on,
        entries.last_sequence as known_by,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    inner join {{ source('ledger', 'entries') }} as entries
        on invoices.sequence <= entries.last_sequence
        and invoices.sequence > entries.last_sequence - entries.rows
    left join {{ source('ledger', 'voids') }} as voids on invoices.invoice_id = voids.invoice_id
    where lines.line_type = 'commit_purchase' and lines.commit_id in (select commit_id from gates)
),

finals as (
    select
        invoices.contract_id, invoices.period_end, invoices.sequence,
        entries.payments_version, entries.as_of,
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'entries') }} as entries
        on invoices.sequence <= entries.last_sequence
        and invoices.sequence > entries.last_sequence - entries.rows
    where invoices.invoice_type = 'usage'
        and invoices.status = 'finalized'
        and invoices.contract_id in (select contract_id from gates)
),

happened as (
    select
        purchases.*,
        payments.occurred_at::date as happened_on,
        payments.is_settled as is_paid,
        payments.occurred_at,
        payments.status_rank,
        payments.event_id,
        payments.payments_version,
        payments.received_at,
        payments.withdrawn_version,
        payments.withdrawn_at,
        payments.withdrawn_from,
        null::bigint as known_sequence,
    from purchases
    inner join {{ ref('payments') }} as payments using (invoice_id)
    where payments.is_settled is not null
    union all by name
    select *, issue_on as happened_on, true as is_paid, known_by as known_sequence
    from purchases
    where total <= 0
),

counted as (
    select
        gates.price_book, gates.commit_id, gates.segment,
        happened.invoice_id, happened.sequence, happened.voided_on, happened.happened_on, happened.is_paid,
        happened.occurred_at, happened.status_rank, happened.event_id, happened.withdrawn_from,
        max(finals.period_end) filter (
            where finals.payments_version < happened.payments_version
                or finals.as_of < happened.received_at
                or finals.sequence <= happened.known_sequence
        ) as final_before,
        max(finals.period_end) filter (
            where finals.payments_version < happened.withdrawn_version or finals.as_of < happened.withdrawn_at
        ) as final_with_it_before,
    from gates
    inner join happened on gates.commit_id = happened.commit_id and gates.purchase_on = happened.issue_on
    left join finals on gates.contract_id = finals.contract_id
    group by all
),

changes as (
    select
        * exclude (voided_on, final_before, withdrawn_from, final_with_it_before),
        -- nothing is before it: null is no day
        greatest(happened_on, final_before) as counts_from,
        if(withdrawn_from is not null, greatest(withdrawn_from, final_with_it_before), null) as counts_before,
    from counted
    where counts_from < coalesce(voided_on, 'infinity'::date)
        and counts_from < coalesce(counts_before, 'infinity'::date)
    union all by name
    select
        gates.price_book, gates.commit_id, gates.segment, purchases.invoice_id, purchases.sequence,
        purchases.voided_on as happened_on, false as is_paid, purchases.voided_on as counts_from,
        'infinity'::timestamptz as occurred_at,
    from gates
    inner join purchases on gates.commit_id = purchases.commit_id and gates.purchase_on = purchases.issue_on
    where purchases.voided_on is not null
)

-- The last that happened says how it is, also where something earlier became known after it.
select
    price_book,
    commit_id,
    segment,
    invoice_id,
    happened_on,
    is_paid,
    counts_from,
    counts_before,
    row_number() over (
        partition by price_book, commit_id, segment
        order by sequence, occurred_at nulls first, status_rank, event_id, happened_on
    ) as place,
from changes
