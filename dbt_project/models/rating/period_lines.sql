-- one row per line that a usage invoice charges, before balances cover any of it
-- `line_rank` is the order of S-40 inside a contract, over all its open periods: the order in which
-- balances are used up and lines stand on the invoice. `place_in_period` is the same order inside a period.
with lines as (
    select
        contract_id, period_start, line_type, product_id, product_name, metric, metric_version,
        pricing_group, tier, service_start, service_end, quantity, unit_price, list_unit_price,
        amount,
        list_amount,
        flat_fee,
        list_flat_fee,
        pricing_unit,
        decimals,
        rate_id,
        override_id,
        commit_price,
        null::varchar as corrects_invoice_id,
    from {{ ref('usage_lines') }}
    union all
    select
        contract_id, period_start, line_type, product_id, product_name, metric, metric_version,
        pricing_group, tier, service_start, service_end, quantity, unit_price, list_unit_price,
        amount,
        list_amount,
        flat_fee,
        list_flat_fee,
        pricing_unit,
        decimals,
        rate_id,
        override_id,
        commit_price,
        corrects_invoice_id,
    from {{ ref('late_lines') }}
    union all by name
    select
        contract_id, period_start, line_type, product_id, product_name, '{}' as pricing_group,
        service_start, service_end, quantity, unit_price, list_unit_price, amount, list_amount,
        pricing_unit, decimals, rate_id, override_id,
    from {{ ref('subscription_lines') }}
    where collection = 'arrears'
    union all by name
    select
        contract_id, period_start, line_type, product_id, product_name, '{}' as pricing_group,
        service_start, service_end, quantity, unit_price, list_unit_price, amount, list_amount,
        pricing_unit, decimals, rate_id, override_id,
    from {{ ref('composite_lines') }}
)

select
    *,
    row_number() over (
        partition by contract_id
        order by
            period_start,
            service_start,
            case line_type
                when 'usage' then 1 when 'late_usage' then 1 when 'subscription' then 2 else 3
            end,
            unit_price desc,
            product_name,
            pricing_group,
            tier,
            product_id,
            service_end,
            rate_id,
            override_id,
            corrects_invoice_id,
            quantity
    )::integer as line_rank,
    (line_rank - rank() over (partition by contract_id order by period_start) + 1)::integer as place_in_period,
from lines
