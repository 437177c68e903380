-- one row per line that an open usage invoice charges, as balances have settled it
-- S-42: a commit at its own rate re-prices a line or part of it; any other line is as it was rated.
-- Parts stand in the order of S-40 again, so a part at a lower price after one at a higher price.
with steps as (
    select * from {{ ref('custom_unit_passes') }}
    union all by name
    select * from {{ ref('currency_passes') }}
),

repriced as (
    select distinct contract_id, line_order from steps where commit_amount is not null
),

repriced_steps as (
    select * from steps semi join repriced using (contract_id, line_order)
),

parts as (
    select contract_id, line_order, 2 * burn_rank as part, unit_price, kept_quantity as quantity, kept_amount as amount
    from repriced_steps
    where kept_amount is not null
    union all
    select
        contract_id, line_order, 2 * burn_rank + 1 as part, commit_price as unit_price,
        commit_quantity as quantity, commit_amount as amount
    from repriced_steps
    where commit_amount is not null
    union all
    select contract_id, line_order, 2 * burn_rank + 2 as part, unit_price, quantity, amount
    from (
        select *
        from repriced_steps
        qualify row_number() over (partition by contract_id, line_order order by burn_rank desc) = 1
    )
    where quantity <> 0
)

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
from {{ ref('period_lines') }} as lines
left join {{ ref('receiving_lines') }} as receiving
    on lines.contract_id = receiving.contract_id
    and lines.line_rank = receiving.line_rank
    and receiving.invoice_scope = 'open'
    and receiving.converted_unit is null
left join parts
    on receiving.contract_id = parts.contract_id
    and receiving.line_order = parts.line_order
