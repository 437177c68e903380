-- one row per slice that final invoices record: what they bill of it, and its last running value
-- A late wave adds to what the period's own invoice recorded, so quantities are summed and the
-- running value is the latest (S-43). A void invoice counts as never billed (S-50).
select
    slices.contract_id,
    slices.period_start,
    slices.product_id,
    slices.pricing_group,
    slices.service_start as slice_start,
    {{ to_quantity('sum(slices.raw_quantity)') }} as raw_quantity,
    {{ to_quantity('sum(slices.quantity)') }} as quantity,
    arg_max(slices.running_value, invoices.sequence) as running_value,
    arg_max(
        struct_pack(
            metric := slices.metric, metric_version := slices.metric_version, rate_id := slices.rate_id,
            override_id := slices.override_id, slice_end := slices.service_end, outcome := slices.outcome
        ),
        invoices.sequence
    ) as last_slice,
from {{ source('ledger', 'usage_slices') }} as slices
inner join {{ source('ledger', 'invoices') }} as invoices
    on slices.invoice_id = invoices.invoice_id
    and invoices.status = 'finalized'
semi join {{ ref('rated_periods') }} as periods
    on slices.contract_id = periods.contract_id
    and slices.period_start = periods.period_start
group by all
