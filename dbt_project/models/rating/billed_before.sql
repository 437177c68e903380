-- one row per rated period, product, pricing group, slice, tier and unit price that final invoices bill already
-- For a period with late events: its own invoice and the late lines that followed it. For an open
-- period: the late lines that final invoices carry for the one that was voided (S-50). A commit at its
-- own rate makes lines of other unit prices than the rate's (S-42).
with periods as (
    select contract_id, period_start, is_late from {{ ref('rated_periods') }}
),

usage_invoices as (
    select invoice_id, contract_id, period_start
    from {{ source('ledger', 'invoices') }}
    where invoice_type = 'usage'
)

select
    periods.contract_id,
    periods.period_start,
    lines.product_id,
    lines.pricing_group,
    lines.service_start as slice_start,
    -- a replacement made with an edited price book may cut the period differently (S-50)
    arg_max(lines.service_end, (carriers.sequence, lines.line_number)) as slice_end,
    coalesce(lines.tier, 0) as tier,
    lines.unit_price,
    {{ to_quantity('sum(lines.quantity)') }} as quantity,
    {{ to_unit_price('sum(coalesce(lines.flat_fee, 0))') }} as fee,
    {{ to_unit_price('sum(coalesce(lines.list_flat_fee, 0))') }} as list_fee,
    arg_max(
        struct_pack(
            product_name := lines.product_name, metric := lines.metric, metric_version := lines.metric_version,
            list_unit_price := lines.list_unit_price, pricing_unit := lines.pricing_unit,
            rate_id := lines.rate_id, override_id := lines.override_id
        ),
        (carriers.sequence, lines.line_number)
    ) as last_line,
from periods
inner join usage_invoices as owners using (contract_id, period_start)
inner join {{ source('ledger', 'invoice_lines') }} as lines
    on (owners.invoice_id = lines.corrects_invoice_id and lines.line_type = 'late_usage')
    or (owners.invoice_id = lines.invoice_id and lines.line_type = 'usage')
inner join {{ source('ledger', 'invoices') }} as carriers
    on lines.invoice_id = carriers.invoice_id
    and carriers.status = 'finalized'
group by all
