-- one row per slice that is billed, with its price and where it stands in the period
-- What tiers need to know of the period besides the slice: the highest quantity before it (a flat
-- fee is due when a bound is first passed, S-26), the period's final quantity and the last slice
-- that a volume rate prices (S-27).
select
    slices.* exclude (pricing_unit, outcome),
    rates.* exclude (price_book, rate_id, override_id),
    coalesce(max(slices.quantity_after) over earlier_slices, 0)::decimal(28, 10) as highest_before,
    last_value(slices.quantity_after) over whole_period as final_quantity,
    rates.rate_type = 'volume'
    and slices.slice_start = max(slices.slice_start)
    filter (where rates.rate_type = 'volume' and slices.outcome = 'billed') over whole_period
        as is_last_volume_slice,
from {{ ref('slices') }} as slices
left join {{ ref('effective_rates') }} as rates
    on slices.price_book = rates.price_book
    and slices.rate_id = rates.rate_id
    and slices.override_id is not distinct from rates.override_id
    and slices.outcome = 'billed'
window
    whole_period as (
        partition by
            slices.contract_id, slices.product_id, slices.period_start, slices.pricing_group
        order by slices.slice_start
        rows between unbounded preceding and unbounded following
    ),
    earlier_slices as (
        partition by
            slices.contract_id, slices.product_id, slices.period_start, slices.pricing_group
        order by slices.slice_start
        rows between unbounded preceding and 1 preceding
    )
qualify slices.outcome = 'billed'
