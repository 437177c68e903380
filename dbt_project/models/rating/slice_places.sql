-- one row per slice that a volume rate prices: where it stands in its period
-- S-27: the tier of the period's final quantity prices every unit, and its fee is due once, in the last
-- slice that a volume rate prices. The other slices of the group, billed or not, are part of that.
with volume as (
    select contract_id, product_id, period_start, pricing_group, slice_start
    from {{ ref('priced_slices') }}
    where rate_type = 'volume'
),

places as (
    select
        volume.contract_id,
        volume.product_id,
        volume.period_start,
        volume.pricing_group,
        max(volume.slice_start) as last_volume_slice,
    from volume
    group by all
),

finals as (
    select
        contract_id, product_id, period_start, pricing_group,
        arg_max(quantity_after, slice_start) as final_quantity,
    from {{ ref('slices') }}
    semi join places using (contract_id, product_id, period_start, pricing_group)
    group by all
)

select
    volume.contract_id,
    volume.product_id,
    volume.period_start,
    volume.pricing_group,
    volume.slice_start,
    finals.final_quantity,
    volume.slice_start = places.last_volume_slice as is_last_volume_slice,
from volume
inner join places using (contract_id, product_id, period_start, pricing_group)
inner join finals using (contract_id, product_id, period_start, pricing_group)
