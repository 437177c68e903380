-- S-48: no balance below zero: what final and open invoices apply of a commit segment, drafts counted
-- as they stand (S-41), never exceeds what it grants. Guards against two open periods of a contract
-- using the same balance.
with applied as (
    select lines.commit_id, lines.segment, lines.amount
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices
        on lines.invoice_id = invoices.invoice_id
        and invoices.status = 'finalized'
    where lines.line_type = 'commit_applied'
    union all
    select commit_id, segment, amount
    from {{ to_rate(ref('draft_lines')) }}
    where line_type = 'commit_applied'
        and invoice_id not in (select invoice_id from {{ source('ledger', 'invoices') }})
)

select segments.commit_id, segments.segment, segments.granted, -sum(applied.amount) as applied
from applied
inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
group by all
having -sum(applied.amount) > segments.granted
union all
-- a segment and what rolled over from it, together
select segments.commit_id, segments.segment, segments.granted, -sum(applied.amount) as applied
from applied
inner join {{ to_rate(ref('commit_segments')) }} as receivers using (commit_id, segment)
inner join {{ to_rate(ref('commit_segments')) }} as segments
    on receivers.commit_id = segments.commit_id
    and coalesce(receivers.rolls_over_from, receivers.segment) = segments.segment
group by all
having -sum(applied.amount) > segments.granted
