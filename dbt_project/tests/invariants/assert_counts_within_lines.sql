-- S-37: what postpaid commits count of a line, together, is never more than balances leave of it.
select lines.contract_id, lines.line_order, lines.countable, sum(counts.counted) as counted
from {{ ref('countable_lines') }} as lines
inner join {{ ref('counting_passes') }} as counts using (contract_id, line_order)
group by all
having sum(counts.counted) > lines.countable
