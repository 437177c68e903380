-- one row per billed slice and tier: quantity, price and fee, before rounding to an amount
{{ config(materialized='view') }}

with by_unit as (
    select
        *,
        null::integer as tier,
        case rate_type
            -- S-25
            when 'flat' then quantity
            -- S-28: started packages, counted on whole 10^-10 parts because ceil() goes through DOUBLE
            when 'package' then (
                ({{ to_scaled('stretch_end') }} + {{ to_scaled('package_size') }} - 1)
                // {{ to_scaled('package_size') }}
                - ({{ to_scaled('quantity_before') }} + {{ to_scaled('package_size') }} - 1)
                // {{ to_scaled('package_size') }}
            )::decimal(28, 10)
        end::decimal(28, 10) as charged_quantity,
        0::decimal(20, 10) as fee,
        0::decimal(20, 10) as list_fee,
    from {{ ref('priced_slices') }}
    where rate_type in ('flat', 'package')
),

tiered as (
    -- S-26: the overlap of the slice's stretch with each tier; the stretches of a period share out its
    -- quantity, so each bound is passed in one of them
    select
        slices.* replace (tiers.unit_price as unit_price, tiers.list_unit_price as list_unit_price),
        tiers.tier,
        greatest(
            least(slices.stretch_end, coalesce(tiers.upper_bound, slices.stretch_end))
            - greatest(slices.quantity_before, tiers.lower_bound),
            0
        )::decimal(28, 10) as charged_quantity,
        slices.quantity_before <= tiers.lower_bound and slices.stretch_end > tiers.lower_bound as is_fee_due,
        case when is_fee_due then tiers.flat_fee else 0 end::decimal(20, 10) as fee,
        case when is_fee_due then tiers.list_flat_fee else 0 end::decimal(20, 10) as list_fee,
    from {{ ref('priced_slices') }} as slices
    inner join {{ ref('effective_tiers') }} as tiers
        on slices.price_book = tiers.price_book
        and slices.rate_id = tiers.rate_id
        and slices.override_id is not distinct from tiers.override_id
    where slices.rate_type = 'tiered'
),

volume as (
    -- S-27: the tier of the period's final quantity prices every unit
    select
        slices.* replace (tiers.unit_price as unit_price, tiers.list_unit_price as list_unit_price),
        tiers.tier,
        slices.quantity as charged_quantity,
        places.is_last_volume_slice and places.final_quantity > 0 as is_fee_due,
        case when is_fee_due then tiers.flat_fee else 0 end::decimal(20, 10) as fee,
        case when is_fee_due then tiers.list_flat_fee else 0 end::decimal(20, 10) as list_fee,
    from {{ ref('priced_slices') }} as slices
    inner join {{ ref('slice_places') }} as places
        using (contract_id, product_id, period_start, pricing_group, slice_start)
    inner join {{ ref('effective_tiers') }} as tiers
        on slices.price_book = tiers.price_book
        and slices.rate_id = tiers.rate_id
        and slices.override_id is not distinct from tiers.override_id
        and (places.final_quantity > tiers.lower_bound or tiers.tier = 1)
        and places.final_quantity <= coalesce(tiers.upper_bound, places.final_quantity)
    where slices.rate_type = 'volume'
)

select * from by_unit
union all by name
select * exclude (is_fee_due) from tiered
union all by name
select * exclude (is_fee_due) from volume
