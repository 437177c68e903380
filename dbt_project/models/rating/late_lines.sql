-- one row per late line: usage of a final period that came after, on the invoice that carries it
-- S-43: with the original service dates; `period_start` is that of the carrying invoice.
select
    charges.contract_id,
    changed.carried_on as period_start,
    'late_usage' as line_type,
    charges.product_id,
    charges.product_name,
    charges.metric,
    charges.metric_version,
    charges.pricing_group,
    charges.tier,
    charges.service_start, charges.service_end, charges.quantity, charges.unit_price,
    charges.list_unit_price,
    charges.amount,
    charges.list_amount,
    charges.flat_fee,
    charges.list_flat_fee,
    charges.pricing_unit,
    charges.decimals,
    charges.rate_id,
    charges.override_id,
    charges.commit_price,
    charges.corrects_invoice_id,
from {{ ref('outstanding_charges') }} as charges
inner join {{ ref('changed_groups') }} as changed
    on charges.contract_id = changed.contract_id
    and charges.period_start = changed.period_start
    and charges.product_id = changed.product_id
    and charges.pricing_group = changed.pricing_group
where charges.is_late
