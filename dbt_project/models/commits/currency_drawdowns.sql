-- one row per line in the card's currency and burn rank of its contract that it went through
-- S-37 to S-42; conversion lines receive after the other lines of their invoice (S-40), with what
-- balances of their unit have left.
with recursive lines as (
    select
        drawdown_candidates.* replace (
            coalesce(conversions.decimals, drawdown_candidates.decimals) as decimals,
            coalesce(conversions.quantity, drawdown_candidates.quantity) as quantity,
            coalesce(conversions.unit_price, drawdown_candidates.unit_price) as unit_price,
            coalesce(conversions.amount, drawdown_candidates.amount) as amount,
            case
                when conversions.amount is null then drawdown_candidates.coverable
                else greatest(conversions.amount, 0)
            end as coverable
        ),
    from {{ ref('drawdown_candidates') }} as drawdown_candidates
    left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
    where drawdown_candidates.converted_unit is null or conversions.converted_unit is not null
),

met as (
    select * from {{ ref('eligible_balances') }} where not is_custom_unit
),

{{ drawdown_passes() }}

select * exclude (used_by_rank) from passes
