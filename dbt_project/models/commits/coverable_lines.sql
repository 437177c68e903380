-- one row per line of an open invoice that balances may meet, with what they may cover of it
-- S-40: the negative amounts of its slice on the invoice are first set against the slice's positive
-- lines, the last first; so is what has been paid for the slice beyond what is charged (S-38). A
-- conversion line has its amount in commits.conversion_lines.
select
    lines.*,
    {{ to_amount(
        'greatest(least('
        'lines.amount, lines.amount + coalesce(sum(greatest(lines.amount, 0)) over later_lines, 0) '
        '- sum(greatest(-lines.amount, 0)) over whole_slice '
        '- greatest(coalesce(slices.paid - slices.charged, 0), 0)'
        '), 0)'
    ) }} as coverable,
from {{ ref('drawdown_candidates') }} as lines
left join {{ ref('final_slices') }} as slices using (contract_id, slice_key)
window
    whole_slice as (partition by lines.contract_id, lines.period_start, lines.slice_key, lines.corrects_invoice_id),
    later_lines as (
        partition by lines.contract_id, lines.period_start, lines.slice_key, lines.corrects_invoice_id
        order by lines.line_order desc
        rows between unbounded preceding and 1 preceding
    )
