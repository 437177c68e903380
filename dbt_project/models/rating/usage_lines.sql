-- one row per usage line: a billed slice of an open period, and a tier where the rate has tiers
-- S-19: the amount is rounded once. S-31: no quantity and no fee, no line.
{{ config(materialized='view') }}

select
    price_book,
    contract_id,
    period_start,
    'usage' as line_type,
    product_id,
    product_name,
    metric, metric_version, pricing_group, tier, service_start, service_end, quantity, unit_price,
    list_unit_price, amount, list_amount, flat_fee, list_flat_fee, pricing_unit, decimals, rate_id,
    override_id, commit_price,
from {{ ref('outstanding_charges') }}
where not is_late
