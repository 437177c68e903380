-- one row per rate row, override that may change it (null: none) and tier: bounds and prices
-- S-24: a tier holds quantities above the previous tier's `up_to` and up to its own; the last is
-- open. Tiers of an overwrite correspond to no list price (S-33).
with rates as (
    select *, case when override_type = 'overwrite' then override_id else rate_id end as tiers_of
    from {{ ref('effective_rates') }}
    where rate_type in ('tiered', 'volume')
)

select
    rates.price_book,
    rates.rate_id,
    rates.override_id,
    tiers.tier,
    coalesce(lag(tiers.up_to) over tiers_in_order, 0)::decimal(28, 10) as lower_bound,
    tiers.up_to as upper_bound,
    {{ to_unit_price('round(tiers.price * rates.multiplier, 10)') }} as unit_price,
    {{ to_unit_price('round(tiers.flat_fee * rates.multiplier, 10)') }} as flat_fee,
    case when rates.override_type is distinct from 'overwrite' then tiers.price end as list_unit_price,
    case when rates.override_type is distinct from 'overwrite' then tiers.flat_fee end as list_flat_fee,
from rates
inner join {{ source('price_book', 'rate_tiers') }} as tiers
    on rates.price_book = tiers.price_book
    and rates.tiers_of = tiers.rate_id
window tiers_in_order as (
    partition by rates.price_book, rates.rate_id, rates.override_id order by tiers.tier
)
