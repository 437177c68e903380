-- one row per line and commit segment that covers or counts some of it
-- The amounts behind coverage lines, postpaid counts and balances: open invoices as they stand, and
-- what final ones of contracts with a postpaid commit are worked out to have given to each line.
with passes as (
    select contract_id, line_order, burn_rank, covered, true as is_custom_unit from {{ ref('custom_unit_drawdowns') }}
    union all
    select contract_id, line_order, burn_rank, covered, false as is_custom_unit from {{ ref('currency_drawdowns') }}
)

select
    passes.contract_id,
    passes.line_order,
    lines.period_start,
    lines.invoice_scope,
    lines.service_start,
    lines.service_end,
    meetings.commit_id,
    meetings.segment,
    meetings.burn_order,
    meetings.is_postpaid,
    passes.covered,
from passes
inner join {{ ref('eligible_balances') }} as meetings using (contract_id, line_order, burn_rank, is_custom_unit)
inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
where passes.covered > 0
