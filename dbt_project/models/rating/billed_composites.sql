-- one row per rated period, composite product and rate (with its override) that final invoices bill already
-- For a period with late events: its own invoice and the corrections that followed it (S-29). For an
-- open period: corrections that final invoices carry for the one that was voided (S-50).
with usage_invoices as (
    select periods.contract_id, periods.period_start, invoices.invoice_id
    from {{ ref('rated_periods') }} as periods
    inner join {{ source('ledger', 'invoices') }} as invoices
        on periods.contract_id = invoices.contract_id
        and periods.period_start = invoices.period_start
        and invoices.invoice_type = 'usage'
)

select
    owners.contract_id,
    owners.period_start,
    lines.product_id,
    lines.rate_id,
    lines.override_id,
    {{ to_quantity('sum(lines.quantity)') }} as quantity,
    {{ to_amount('sum(lines.amount)') }} as amount,
    {{ to_amount('sum(lines.list_amount)') }} as list_amount,
    arg_max(
        struct_pack(
            product_name := lines.product_name, service_end := lines.service_end, unit_price := lines.unit_price,
            list_unit_price := lines.list_unit_price, pricing_unit := lines.pricing_unit
        ),
        (carriers.sequence, lines.line_number)
    ) as last_line,
from usage_invoices as owners
inner join {{ source('ledger', 'invoice_lines') }} as lines
    on lines.line_type = 'composite'
    and owners.invoice_id = coalesce(lines.corrects_invoice_id, lines.invoice_id)
inner join {{ source('ledger', 'invoices') }} as carriers
    on lines.invoice_id = carriers.invoice_id
    and carriers.status = 'finalized'
group by all
