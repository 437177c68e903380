-- S-38, S-40: what balances pay on an open invoice for a slice never exceeds what is charged for it, late
-- lines included, less what they have paid before; where an earlier release gave money back that balances
-- had paid, no more than the open invoice itself charges. No line alone is paid beyond its amount.
with lines as (
    select
        lines.contract_id, lines.period_start, lines.slice_key, lines.line_order,
        coalesce(conversions.amount, sum(printed.amount), 0) as amount,
    from {{ ref('drawdown_candidates') }} as lines
    left join {{ ref('repriced_lines') }} as printed
        on lines.contract_id = printed.contract_id
        and lines.line_rank = printed.line_rank
    left join {{ ref('conversion_lines') }} as conversions
        on lines.contract_id = conversions.contract_id
        and lines.line_order = conversions.line_order
    group by lines.contract_id, lines.period_start, lines.slice_key, lines.line_order, conversions.amount
),

paid as (
    select contract_id, line_order, sum(covered) as amount
    from {{ ref('drawdowns') }}
    group by all
),

slices as (
    select
        lines.contract_id, lines.slice_key,
        sum(lines.amount) as charged,
        coalesce(sum(paid.amount), 0) as paid,
    from lines
    left join paid using (contract_id, line_order)
    group by all
)

select slices.contract_id, slices.slice_key, slices.charged, slices.paid
from slices
left join {{ ref('final_slices') }} as finals using (contract_id, slice_key)
-- where nothing is paid, nothing is paid beyond (contracts without commits have no final slices)
where coalesce(finals.paid, 0) + slices.paid > 0
    and slices.paid > greatest(
        coalesce(finals.charged, 0) + slices.charged - coalesce(finals.paid, 0), least(slices.charged, 0)
    )
union all
select lines.contract_id, lines.slice_key, lines.amount as charged, paid.amount as paid
from lines
inner join paid using (contract_id, line_order)
where paid.amount > greatest(lines.amount, 0)
