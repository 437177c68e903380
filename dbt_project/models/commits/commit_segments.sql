-- one row per commit segment: what it grants, what final invoices have used, and its place in the burn order
-- S-39; the order ends in the segment, so what rolled over comes before the grant of the same days. Of
-- a segment that takes over what another leaves, `granted` is the most that rolls over; what final
-- invoices took of it is no longer there for late lines of the segment that it came from. What a
-- postpaid commit counts is not on invoices: commits.postpaid_counts has it.
with applied as (
    select
        lines.commit_id,
        lines.segment,
        -sum(lines.amount) as amount,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
        and invoices.status = 'finalized'
    where lines.line_type = 'commit_applied'
    group by all
)

select
    terms.*,
    commit_access.segment,
    commit_access.starting_on,
    commit_access.ending_before,
    commit_access.amount as granted,
    {{ to_amount('coalesce(applied.amount, 0)') }} as used_before,
    {{ to_amount('greatest(
        commit_access.amount - coalesce(applied.amount, 0) - coalesce(applied_later.amount, 0), 0
    )') }} as balance,
    commit_access.rolls_over_from,
    row_number() over (
        partition by terms.contract_id
        order by
            terms.type = 'postpaid',
            terms.priority,
            not terms.is_free,
            terms.products = 0,
            terms.products,
            terms.group_only_rows,
            commit_access.ending_before,
            commit_access.starting_on,
            terms.commit_id,
            commit_access.segment
    )::integer as burn_order,
from {{ ref('commit_terms') }} as terms
inner join {{ source('price_book', 'commit_access') }} as commit_access using (price_book, commit_id)
left join applied
    on terms.commit_id = applied.commit_id
    and commit_access.segment = applied.segment
left join (
    select receivers.price_book, receivers.commit_id, receivers.rolls_over_from as segment, taken.amount
    from {{ source('price_book', 'commit_access') }} as receivers
    inner join applied as taken using (commit_id, segment)
) as applied_later
    on terms.price_book = applied_later.price_book
    and terms.commit_id = applied_later.commit_id
    and commit_access.segment = applied_later.segment
