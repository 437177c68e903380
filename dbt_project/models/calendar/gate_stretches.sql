-- one row per gated commit segment and stretch of days on which it gives balance (S-73)
-- Inside its access dates; a day on which money went back is of no stretch any more.
with changes as (
    select *
    from {{ ref('gate_changes') }}
    qualify is_paid is distinct from lag(is_paid) over (
        partition by price_book, commit_id, segment order by counts_from
    )
),

paid as (
    select
        *,
        lead(counts_from) over (partition by price_book, commit_id, segment order by counts_from) as paid_before,
    from changes
)

select
    gates.price_book,
    gates.contract_id,
    gates.commit_id,
    gates.segment,
    case
        when gates.is_free then gates.starting_on else greatest(paid.counts_from, gates.starting_on)
    end as serves_from,
    case when gates.is_free then gates.ending_before else least(paid.paid_before, gates.ending_before) end
        as serves_before,
from {{ ref('payment_gates') }} as gates
left join paid
    on gates.price_book is not distinct from paid.price_book
    and gates.commit_id = paid.commit_id
    and gates.segment = paid.segment
    and paid.is_paid
    and not coalesce(gates.is_free, false)
where (gates.is_free or paid.is_paid) and serves_from < serves_before
