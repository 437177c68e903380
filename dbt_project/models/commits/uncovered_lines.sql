-- one row per line of an open usage invoice with a threshold of which standing balances leave something
-- S-58: what a balance for the invoice's own period could pay of it, in the card's currency. Late lines are
-- of other days. An invoice that becomes final in this run is asked for by that.
with watched as (
    select distinct contract_id from {{ ref('active_thresholds') }}
),

settled as (
    select contract_id, line_rank, sum(amount) as amount
    from {{ ref('repriced_lines') }}
    semi join watched using (contract_id)
    group by all
),

paid as (
    select contract_id, line_order, sum(covered) as amount
    from {{ ref('standing_drawdowns') }}
    semi join watched using (contract_id)
    where covered > 0
    group by all
)

select
    lines.contract_id,
    lines.period_start,
    periods.period_end,
    lines.line_order,
    -- a commit at its own rate changes what is left of a line (S-42)
    {{ to_amount(
        'coalesce(conversions.coverable, lines.coverable + coalesce(settled.amount - lines.amount, 0))'
        ~ ' - coalesce(paid.amount, 0)'
    ) }} as uncovered,
from {{ ref('coverable_lines') }} as lines
semi join watched on lines.contract_id = watched.contract_id
inner join {{ ref('open_periods') }} as periods
    on lines.contract_id = periods.contract_id
    and lines.period_start = periods.period_start
    and lines.pricing_unit = periods.currency
    and lines.service_start >= periods.period_start
    and lines.service_start < periods.period_end
    and lines.service_end <= periods.period_end
inner join {{ source('inputs', 'run') }} as run on periods.finalizes_at > run.as_of
left join {{ ref('conversion_lines') }} as conversions
    on lines.contract_id = conversions.contract_id
    and lines.line_order = conversions.line_order
left join settled
    on lines.contract_id = settled.contract_id
    and lines.line_rank = settled.line_rank
left join paid
    on lines.contract_id = paid.contract_id
    and lines.line_order = paid.line_order
where lines.corrects_invoice_id is null
    and (lines.converted_unit is null or conversions.amount is not null)
    and uncovered > 0
