-- one row per slice and tier of a compared period: what it gives now less what final invoices bill of it
-- Compared are periods with late events, and open ones that final invoices already bill something of
-- (S-43, S-50). `unit_price` is the rate's own; the highest one billed where the price book that
-- replaces a void invoice has no such slice any more.
with compared_periods as (
    select contract_id, period_start from {{ ref('billed_before') }}
    union
    select contract_id, period_start from {{ ref('rated_periods') }} where is_late
),

charges as (
    select *, coalesce(tier, 0) as tier_key
    from {{ ref('usage_charges') }}
    semi join compared_periods using (contract_id, period_start)
),

billed as (
    select
        contract_id, period_start, product_id, pricing_group, slice_start, tier,
        max(slice_end) as slice_end,
        max(unit_price) as highest_unit_price,
        sum(quantity) as quantity,
        sum(fee) as fee,
        sum(list_fee) as list_fee,
        arg_max(last_line, (abs(quantity), unit_price)) as last_line,
    from {{ ref('billed_before') }}
    group by all
)

select
    coalesce(charges.contract_id, billed.contract_id) as contract_id,
    coalesce(charges.period_start, billed.period_start) as period_start,
    coalesce(charges.product_id, billed.product_id) as product_id,
    coalesce(charges.product_name, billed.last_line.product_name) as product_name,
    coalesce(charges.metric, billed.last_line.metric) as metric,
    coalesce(charges.metric_version, billed.last_line.metric_version) as metric_version,
    coalesce(charges.pricing_group, billed.pricing_group) as pricing_group,
    coalesce(charges.tier_key, billed.tier) as tier_key,
    coalesce(charges.slice_start, billed.slice_start) as service_start,
    coalesce(charges.slice_end, billed.slice_end) as service_end,
    {{ to_quantity('coalesce(charges.charged_quantity, 0) - coalesce(billed.quantity, 0)') }} as quantity,
    coalesce(charges.unit_price, billed.highest_unit_price) as unit_price,
    case when charges.rate_id is null then billed.last_line.list_unit_price else charges.list_unit_price end
        as list_unit_price,
    {{ to_unit_price('coalesce(charges.fee, 0) - coalesce(billed.fee, 0)') }} as flat_fee,
    {{ to_unit_price('coalesce(charges.list_fee, 0) - coalesce(billed.list_fee, 0)') }} as list_flat_fee,
    coalesce(charges.pricing_unit, billed.last_line.pricing_unit) as pricing_unit,
    coalesce(charges.rate_id, billed.last_line.rate_id) as rate_id,
    case when charges.rate_id is null then billed.last_line.override_id else charges.override_id end as override_id,
    charges.commit_price,
from charges
full outer join billed
    on charges.contract_id = billed.contract_id
    and charges.period_start = billed.period_start
    and charges.product_id = billed.product_id
    and charges.pricing_group = billed.pricing_group
    and charges.slice_start = billed.slice_start
    and charges.tier_key = billed.tier
