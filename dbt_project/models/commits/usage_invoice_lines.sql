-- one row per line of an open usage or late-usage invoice that balances may meet: charged, converted, covered
-- Line order is that of S-40 for what is charged, conversions after it, then coverage in burn order.
{{ config(materialized='view') }}

with lines as (
    select * exclude (decimals), 1 as place, null::varchar as commit_id, null::integer as segment
    from {{ ref('repriced_lines') }}
    semi join {{ ref('drawdown_candidates') }} using (contract_id)
    union all by name
    select
        contract_id, period_start, 'unit_conversion' as line_type, '{}' as pricing_group, service_start, service_end,
        quantity, unit_price, unit_price as list_unit_price, amount, amount as list_amount, pricing_unit,
        2 as place, line_order as line_rank,
    from {{ ref('conversion_lines') }}
    union all by name
    select
        contract_id, period_start, 'commit_applied' as line_type, product_id, product_name, '{}' as pricing_group,
        service_start, service_end, {{ to_quantity('1') }} as quantity, {{ to_unit_price('amount') }} as unit_price,
        unit_price as list_unit_price, amount, amount as list_amount, pricing_unit, commit_id, segment,
        3 as place, burn_order as line_rank,
    from {{ ref('drawdown_lines') }}
)

select
    * exclude (place, line_rank, part, is_repriced),
    row_number() over (
        partition by contract_id, period_start
        order by
            place,
            case when place = 1 then service_start end,
            case line_type when 'usage' then 1 when 'late_usage' then 1 when 'subscription' then 2 else 3 end,
            case when place = 1 then unit_price end desc,
            line_rank,
            part
    )::integer as line_order,
from lines
