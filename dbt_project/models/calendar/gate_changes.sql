-- one row per gated commit segment and day from which its purchase counts as paid, or does not any more
-- S-73. Paid: by what came back of the invoice (S-72), or because it asks for nothing. Not any more: the money
-- went back, or the purchase is void (S-50). Of several changes on one day the last one counts.
-- A final invoice never changes: for what became known after a period was final, that period and all before it are
-- as they were, and it counts from the first day after. An invoice is final without a payment if the run
-- that made it so had not read it.
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
        payments.status = 'paid' as is_paid,
        payments.occurred_at,
        payments.status_rank,
        payments.event_id,
        payments.payments_version,
        payments.received_at,
        null::bigint as known_sequence,
    from purchases
    inner join {{ ref('payments') }} as payments using (invoice_id)
    where payments.status in ('paid', 'refunded', 'charged_back')
    union all by name
    select *, issue_on as happened_on, true as is_paid, known_by as known_sequence
    from purchases
    where total <= 0
),

counted as (
    select
        gates.price_book, gates.commit_id, gates.segment,
        happened.invoice_id, happened.sequence, happened.voided_on, happened.happened_on, happened.is_paid,
        happened.occurred_at, happened.status_rank, happened.event_id,
        max(finals.period_end) as final_before,
    from gates
    inner join happened on gates.commit_id = happened.commit_id and gates.purchase_on = happened.issue_on
    left join finals
        on gates.contract_id = finals.contract_id
        and (
            finals.payments_version < happened.payments_version
            or finals.as_of < happened.received_at
            or finals.sequence <= happened.known_sequence
        )
    group by all
),

changes as (
    select
        * exclude (voided_on, final_before),
        -- nothing is before it: null is no day
        greatest(happened_on, final_before) as counts_from,
    from counted
    where counts_from < coalesce(voided_on, 'infinity'::date)
    union all by name
    select
        gates.price_book, gates.commit_id, gates.segment, purchases.invoice_id, purchases.sequence,
        purchases.voided_on as happened_on, false as is_paid, purchases.voided_on as counts_from,
        'infinity'::timestamptz as occurred_at,
    from gates
    inner join purchases on gates.commit_id = purchases.commit_id and gates.purchase_on = purchases.issue_on
    where purchases.voided_on is not null
),

-- The last that happened says how it is, also where something earlier became known after it.
placed as (
    select
        *,
        row_number() over (
            partition by price_book, commit_id, segment
            order by sequence, occurred_at nulls first, status_rank, event_id, happened_on
        ) as place,
    from changes
),

days as (
    select
        price_book, commit_id, segment, counts_from,
        arg_max(
            struct_pack(is_paid := is_paid, happened_on := happened_on, invoice_id := invoice_id), place
        ) over (partition by price_book, commit_id, segment order by counts_from) as latest,
    from placed
    qualify row_number() over (partition by price_book, commit_id, segment, counts_from order by place desc) = 1
)

select
    days.price_book, days.commit_id, days.segment,
    days.latest.invoice_id,
    days.counts_from,
    days.latest.happened_on,
    days.latest.is_paid,
from days
