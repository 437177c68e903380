-- S-42: the parts that a commit's own rate makes of a line add up to the line's quantity, and every
-- line is still there.
select lines.contract_id, lines.line_rank, lines.quantity, sum(settled.quantity) as settled_quantity
from {{ ref('commit_eligible_lines') }} as lines
left join {{ ref('repriced_lines') }} as settled using (contract_id, line_rank)
group by all
having sum(settled.quantity) is distinct from lines.quantity
