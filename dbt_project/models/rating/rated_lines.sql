-- one row per line that a usage invoice charges, before balances cover any of it
{{ config(materialized='view') }}

with usage as (
    select * from {{ ref('usage_lines') }}
    union all by name
    select * from {{ ref('late_lines') }}
),

others as (
    select *, subscription_id as source_id from {{ ref('subscription_lines') }} where not is_scheduled
    union all by name
    select * from {{ ref('composite_lines') }}
    union all by name
    select * from {{ ref('limit_lines') }}
)

select
    contract_id, period_start, line_type, product_id, product_name, metric, metric_version,
    pricing_group, tier, service_start, service_end, quantity, unit_price, list_unit_price,
    amount, list_amount, flat_fee, list_flat_fee, pricing_unit, decimals, rate_id, override_id,
    commit_price, corrects_invoice_id,
from usage
union all by name
select
    contract_id, period_start, line_type, product_id, product_name, '{}' as pricing_group,
    service_start, service_end, quantity, unit_price, list_unit_price, amount, list_amount,
    pricing_unit, decimals, rate_id, override_id, corrects_invoice_id, source_id,
from others
