-- one row per part that a commit at its own rate makes of a line of an open usage invoice
-- S-42: what was covered before or cannot be, the part at the commit's price, and the rest, in that order.
with steps as (
    select * from {{ ref('custom_unit_drawdowns') }}
    union all by name
    select * from {{ ref('currency_drawdowns') }}
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
    receiving.contract_id,
    receiving.line_rank,
    parts.part::integer as part,
    parts.quantity,
    parts.unit_price,
    parts.amount,
from parts
inner join {{ ref('drawdown_candidates') }} as receiving
    on parts.contract_id = receiving.contract_id
    and parts.line_order = receiving.line_order
    and receiving.converted_unit is null
