-- S-40, S-37: what balances cover of a line and postpaid commits count of it never exceeds what the
-- line says, re-priced or not; and each amount is covered or counted once.
with printed as (
    select contract_id, line_rank, sum(amount) as amount
    from {{ ref('repriced_lines') }}
    group by all
),

covered as (
    select contract_id, line_order, sum(covered) as covered
    from {{ ref('drawdowns') }}
    where invoice_scope = 'open'
    group by all
)

select
    covered.contract_id,
    covered.line_order,
    covered.covered,
    coalesce(conversions.amount, printed.amount) as amount
from covered
inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
left join printed
    on lines.contract_id = printed.contract_id
    and lines.line_rank = printed.line_rank
where covered.covered > coalesce(conversions.amount, printed.amount, 0)
