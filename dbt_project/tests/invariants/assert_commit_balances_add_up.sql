-- S-41: granted = applied + expired + remaining for every commit segment, none of them negative, and
-- each worked out here from where it comes from: the price book, the segment before, the invoices.
with invoiced as (
    select
        lines.commit_id,
        lines.segment,
        sum(-lines.amount) filter (where invoices.status = 'finalized') as on_final_invoices,
        sum(-lines.amount) filter (where invoices.status = 'draft') as on_drafts,
    from {{ to_rate(ref('invoice_lines')) }} as lines
    inner join {{ ref('invoices') }} as invoices using (invoice_id)
    where lines.line_type = 'commit_applied'
    group by all
)

select balances.*
from {{ to_rate(ref('commit_balances')) }} as balances
inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
left join invoiced using (commit_id, segment)
left join {{ ref('commit_balances') }} as sources
    on balances.commit_id = sources.commit_id
    and segments.rolls_over_from = sources.segment
where balances.granted
    <> balances.applied_finalized + balances.applied_draft + balances.expired + balances.remaining
    -- applied may be below zero after a void, when only what went back is left of it (S-50)
    or least(balances.granted, balances.expired, balances.remaining) < 0
    or (segments.rolls_over_from is null and balances.granted <> segments.granted)
    -- what rolled over expired where it came from, and is no more than may roll over
    or balances.granted > least(segments.granted, sources.expired)
    or (
        balances.type <> 'postpaid'
        and (
            balances.applied_finalized <> coalesce(invoiced.on_final_invoices, 0)
            or balances.applied_draft <> coalesce(invoiced.on_drafts, 0)
        )
    )
