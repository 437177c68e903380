-- one row per line of an open invoice as it is printed and commit segment that pays for it
-- What the ledger keeps of each line (S-38). Of a line that a commit at its own rate parts (S-42), that
-- commit pays for its part; another balance for the part that was kept back next, or for the rest.
with parts as (
    select lines.contract_id, lines.line_order, parts.part
    from {{ ref('repriced_parts') }} as parts
    inner join {{ ref('drawdown_candidates') }} as lines
        on parts.contract_id = lines.contract_id
        and parts.line_rank = lines.line_rank
),

placed as (
    select
        coverage.contract_id, coverage.line_order, coverage.commit_id, coverage.segment, coverage.covered,
        case
            when coverage.burn_rank is null then max(parts.part)
            else coalesce(
                max(parts.part) filter (parts.part = 2 * coverage.burn_rank + 1),
                min(parts.part) filter (parts.part > 2 * coverage.burn_rank and parts.part % 2 = 0)
            )
        end as part,
    from {{ ref('drawdowns') }} as coverage
    left join parts
        on coverage.contract_id = parts.contract_id
        and coverage.line_order = parts.line_order
    group by
        coverage.contract_id, coverage.line_order, coverage.burn_rank, coverage.commit_id, coverage.segment,
        coverage.covered
)

select
    placed.contract_id,
    lines.period_start,
    printed.line_order as line_number,
    placed.commit_id,
    placed.segment,
    {{ to_amount('sum(placed.covered)') }} as amount,
from placed
inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
inner join {{ ref('usage_invoice_lines') }} as printed
    on placed.contract_id = printed.contract_id
    and lines.period_start = printed.period_start
    and (
        (printed.place = 1 and printed.line_rank = lines.line_rank and printed.part = coalesce(placed.part, 0))
        or (printed.place = 2 and printed.line_rank = lines.line_order and lines.converted_unit is not null)
    )
group by all
