-- S-20, S-48: the breakdown of a line by presentation group sums to its amount and its quantity.
select
    lines.invoice_id,
    lines.line_number,
    lines.amount,
    sum(breakdowns.amount) as breakdown_amount,
    lines.quantity,
    sum(breakdowns.quantity) as breakdown_quantity,
from {{ to_rate(ref('draft_lines')) }} as lines
inner join {{ to_rate(ref('draft_line_breakdowns')) }} as breakdowns using (invoice_id, line_number)
group by all
having sum(breakdowns.amount) <> lines.amount or sum(breakdowns.quantity) <> lines.quantity
