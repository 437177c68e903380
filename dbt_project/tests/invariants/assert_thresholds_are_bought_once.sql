-- S-58: what a threshold buys in this run stands on one invoice line of its amount; a spend threshold asks for
-- just what the open invoice then takes of it, and the invoice is left with no money that it could pay.
with bought as (
    select commit_id, count(*) as lines, sum(amount) as amount
    from {{ to_rate(ref('draft_lines')) }}
    where line_type = 'commit_purchase'
    group by all
),

used as (
    select commit_id, sum(covered) as amount
    from {{ ref('automatic_drawdowns') }}
    group by all
)

select reached.commit_id, reached.amount, bought.lines, bought.amount as bought, used.amount as used
from {{ ref('reached_thresholds') }} as reached
left join bought using (commit_id)
left join used using (commit_id)
where bought.lines is distinct from 1
    or bought.amount is distinct from reached.amount
    or coalesce(used.amount, 0) > reached.amount
    or (reached.kind = 'spend' and used.amount is distinct from reached.amount)
