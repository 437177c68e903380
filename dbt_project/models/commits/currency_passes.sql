-- one row per line in the card's currency and burn rank of its contract that it went through
-- S-37 to S-42; conversion lines receive after the other lines of their invoice (S-40), with what
-- balances of their unit have left.
with recursive lines as (
    select
        receiving_lines.* replace (
            coalesce(conversions.decimals, receiving_lines.decimals) as decimals,
            coalesce(conversions.quantity, receiving_lines.quantity) as quantity,
            coalesce(conversions.unit_price, receiving_lines.unit_price) as unit_price,
            coalesce(conversions.amount, receiving_lines.amount) as amount,
            case
                when conversions.amount is null then receiving_lines.coverable
                else greatest(conversions.amount, 0)
            end as coverable
        ),
    from {{ ref('receiving_lines') }} as receiving_lines
    left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
    where receiving_lines.converted_unit is null or conversions.converted_unit is not null
),

met as (
    select * from {{ ref('meetings') }} where not is_custom_unit
),

{{ coverage_passes() }}

select * exclude (used_by_rank) from passes
