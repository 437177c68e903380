-- one row per line of an open usage or late-usage invoice that balances may meet: charged, converted, covered
-- Line order is that of S-40 for what is charged (parts of a re-priced line at their own prices),
-- conversions after it, then coverage in burn order.
{{ config(materialized='view') }}

with charged as (
    select * exclude (decimals, is_repriced) from {{ ref('repriced_lines') }}
),

lines as (
    select
        charged.*,
        1 as place,
        row_number() over (
            partition by charged.contract_id, charged.period_start
            order by {{ line_order_in_period(last='line_rank, part') }}
        ) as place_rank,
        null::varchar as commit_id,
        null::integer as segment,
    from charged
    union all by name
    select
        contract_id, period_start, 'unit_conversion' as line_type, '{}' as pricing_group, service_start, service_end,
        quantity, unit_price, unit_price as list_unit_price, amount, amount as list_amount, pricing_unit,
        corrects_invoice_id, converted_unit as source_id, 2 as place, line_order as place_rank, line_order as line_rank,
    from {{ ref('conversion_lines') }}
    union all by name
    select
        contract_id, period_start, 'commit_applied' as line_type, product_id, product_name, '{}' as pricing_group,
        service_start, service_end,
        {{ amount_as_quantity('amount') }} as quantity,
        {{ amount_as_unit_price('amount') }} as unit_price,
        unit_price as list_unit_price, amount, amount as list_amount, pricing_unit, commit_id, segment,
        3 as place, burn_order as place_rank,
    from {{ ref('drawdown_lines') }}
)

select
    * exclude (place_rank),
    row_number() over (partition by contract_id, period_start order by place, place_rank)::integer as line_order,
from lines
