-- one row per segment of a commit that stands when the run begins: what it grants, what final invoices have
-- used, and its place in the burn order (S-39)
-- Of a segment that takes over what another leaves, `granted` is the most that rolls over; what final
-- invoices took of it is no longer there for late lines of the segment that it came from. What a
-- postpaid commit counts is not on invoices: commits.postpaid_counts has it; what its final true-up
-- charged is a balance for late lines (S-38). An amount finer than its
-- unit is cut to it: a line is rounded to the unit (S-19), so no invoice could take the rest. A segment whose
-- purchase is not paid in time has granted what final invoices took of it, mostly nothing (S-73).
with applied as (
    select
        lines.commit_id,
        lines.segment,
        -sum(lines.amount) as amount,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
        and invoices.status = 'finalized'
    semi join {{ ref('commit_terms') }} as terms on lines.commit_id = terms.commit_id
    where lines.line_type = 'commit_applied'
    group by all
),

segments as (
    select price_book, commit_id, segment, amount, starting_on, ending_before, rolls_over_from, rollover_fraction,
    from {{ source('price_book', 'commit_access') }}
    union all by name
    select run.price_book, automatic.commit_id, 1 as segment, automatic.amount, starting_on, ending_before,
    from {{ ref('automatic_commits') }} as automatic
    cross join {{ source('inputs', 'run') }} as run
),

stated as (
    select
        terms.*,
        commit_access.* exclude (price_book, commit_id, amount),
        {{ cut_to_unit('commit_access.amount', 'terms.decimals') }} as amount,
        gates.commit_id is not null as is_gated,
        coalesce(gates.has_served, true) as has_served,
        coalesce(gates.serves_from, commit_access.starting_on) as granted_on,
        coalesce(gates.ended_on, commit_access.ending_before) as expires_on,
    from {{ ref('commit_terms') }} as terms
    inner join segments as commit_access using (price_book, commit_id)
    left join {{ ref('gate_states') }} as gates
        on commit_access.commit_id = gates.commit_id
        and commit_access.segment = gates.segment
),

applied_later as (
    select receivers.commit_id, receivers.rolls_over_from as segment, taken.amount
    from stated as receivers
    inner join applied as taken using (commit_id, segment)
),

grants as (
    select
        stated.* exclude (amount, has_served),
        {{ to_amount(
            'case when stated.has_served then stated.amount'
            ~ ' else coalesce(applied.amount, 0) + coalesce(applied_later.amount, 0) end'
        ) }} as granted,
    from stated
    left join applied
        on stated.commit_id = applied.commit_id
        and stated.segment = applied.segment
    left join applied_later
        on stated.commit_id = applied_later.commit_id
        and stated.segment = applied_later.segment
)

select
    grants.* exclude (
        decimals, segment, starting_on, ending_before, rolls_over_from, rollover_fraction, granted, is_gated,
        granted_on, expires_on
    ),
    grants.segment,
    grants.starting_on,
    grants.ending_before,
    grants.granted,
    {{ to_amount('coalesce(applied.amount, 0)') }} as used_before,
    {{ to_amount(
        "case when grants.type = 'postpaid' then coalesce(true_ups.amount, 0) else grants.granted end"
        ~ ' - coalesce(applied.amount, 0) - coalesce(applied_later.amount, 0)'
    ) }} as balance,
    true_ups.commit_id is not null as is_trued_up,
    grants.is_gated,
    grants.granted_on,
    grants.expires_on,
    grants.rolls_over_from,
    grants.rollover_fraction,
    {{ burn_order('grants') }} as burn_order,
from grants
left join applied
    on grants.commit_id = applied.commit_id
    and grants.segment = applied.segment
left join {{ ref('final_true_ups') }} as true_ups on grants.commit_id = true_ups.commit_id
left join applied_later
    on grants.commit_id = applied_later.commit_id
    and grants.segment = applied_later.segment
