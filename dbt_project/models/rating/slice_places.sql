-- one row per billed slice with a tiered or volume rate: where it stands in its period
-- What tiers need to know besides the slice: the highest quantity before it (a flat fee is due when a
-- bound is first passed, S-26), the period's final quantity and the last slice that a volume rate
-- prices (S-27). The other slices of the group, billed or not, are part of that.
with tiered as (
    select contract_id, product_id, period_start, pricing_group, slice_start, rate_type
    from {{ ref('priced_slices') }}
    where rate_type in ('tiered', 'volume')
),

placed as (
    select
        slices.contract_id,
        slices.product_id,
        slices.period_start,
        slices.pricing_group,
        slices.slice_start,
        tiered.rate_type,
        coalesce(max(slices.quantity_after) over earlier_slices, 0)::decimal(28, 10) as highest_before,
        last_value(slices.quantity_after) over whole_period as final_quantity,
        tiered.rate_type = 'volume'
        and slices.slice_start = max(slices.slice_start) filter (where tiered.rate_type = 'volume') over whole_period
            as is_last_volume_slice,
    from {{ ref('slices') }} as slices
    semi join tiered as groups
        on slices.contract_id = groups.contract_id
        and slices.product_id = groups.product_id
        and slices.period_start = groups.period_start
        and slices.pricing_group = groups.pricing_group
    left join tiered
        on slices.contract_id = tiered.contract_id
        and slices.product_id = tiered.product_id
        and slices.period_start = tiered.period_start
        and slices.pricing_group = tiered.pricing_group
        and slices.slice_start = tiered.slice_start
    window
        whole_period as (
            partition by slices.contract_id, slices.product_id, slices.period_start, slices.pricing_group
            order by slices.slice_start
            rows between unbounded preceding and unbounded following
        ),
        earlier_slices as (
            partition by slices.contract_id, slices.product_id, slices.period_start, slices.pricing_group
            order by slices.slice_start
            rows between unbounded preceding and 1 preceding
        )
)

select * exclude (rate_type)
from placed
where rate_type is not null
