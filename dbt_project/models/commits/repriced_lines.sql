-- one row per line that balances may meet, as they have settled it
-- S-42: a commit at its own rate re-prices a line or part of it; any other line is as it was rated.
-- Parts stand in the order of S-40 again, so a part at a lower price after one at a higher price.
{{ config(materialized='view') }}

select
    lines.* exclude (line_rank, commit_price) replace (
        coalesce(parts.quantity, lines.quantity) as quantity,
        coalesce(parts.unit_price, lines.unit_price) as unit_price,
        coalesce(parts.amount, lines.amount) as amount,
        case
            when parts.part is null then lines.list_amount
            else {{ round_to_unit(to_unrounded_amount('parts.quantity * lines.list_unit_price'), 'lines.decimals') }}
        end as list_amount
    ),
    lines.line_rank,
    coalesce(parts.part, 0)::integer as part,
    parts.part is not null as is_repriced,
from {{ ref('commit_eligible_lines') }} as lines
left join {{ ref('repriced_parts') }} as parts
    on lines.contract_id = parts.contract_id
    and lines.line_rank = parts.line_rank
