-- S-38, S-48: what balances pay of the lines of an invoice is what its commit_applied lines say.
with applied as (
    select invoice_id, commit_id, segment, sum(amount) as amount
    from {{ to_rate(ref('draft_applications')) }}
    group by all
    having sum(amount) <> 0
),

printed as (
    select invoice_id, commit_id, segment, -amount as amount
    from {{ to_rate(ref('draft_lines')) }}
    where line_type = 'commit_applied'
)

select invoice_id, commit_id, segment, applied.amount as applied, printed.amount as printed
from applied
full outer join printed using (invoice_id, commit_id, segment)
where applied.amount is distinct from printed.amount
