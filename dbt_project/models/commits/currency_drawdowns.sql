-- one row per line in the card's currency and burn rank of its contract that it went through
-- S-38 to S-42; conversion lines receive after the other lines of their invoice (S-40), with what
-- balances of their unit have left.
with recursive lines as (
    select
        open_lines.* replace (
            coalesce(conversions.decimals, open_lines.decimals) as decimals,
            coalesce(conversions.quantity, open_lines.quantity) as quantity,
            coalesce(conversions.unit_price, open_lines.unit_price) as unit_price,
            coalesce(conversions.amount, open_lines.amount) as amount,
            coalesce(conversions.coverable, open_lines.coverable) as coverable
        ),
    from {{ ref('coverable_lines') }} as open_lines
    left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
    where open_lines.converted_unit is null or conversions.converted_unit is not null
),

back as (
    select commit_id, segment, amount from {{ ref('slice_returns') }}
    union all
    select commit_id, segment, amount from {{ ref('conversion_returns') }}
),

{{ met_balances(is_custom_unit=false) }},

{{ drawdown_passes() }}

select * exclude (used_by_rank) from passes
