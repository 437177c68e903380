-- one row per rate row and override that may change it (null: none): the price that applies
-- S-32 and S-33: a multiplier scales the rate row, whatever its type; an overwrite replaces it. The
-- list price is the rate row's own, null where it corresponds to nothing in the overwrite.
with pairs as (
    select distinct price_book, rate_id, null::varchar as override_id
    from {{ ref('group_rates') }}
    union all
    select distinct rates.price_book, rates.rate_id, overrides.override_id
    from {{ ref('priced_groups') }} as groups
    inner join {{ ref('group_rates') }} as rates
        using (price_book, rate_card_id, product_id, pricing_group)
    inner join {{ ref('group_overrides') }} as overrides
        on groups.price_book = overrides.price_book
        and groups.contract_id = overrides.contract_id
        and groups.product_id = overrides.product_id
        and groups.pricing_group = overrides.pricing_group
        and overrides.override_type <> 'entitlement'
        and rates.starting_on < coalesce(overrides.ending_before, rates.starting_on + 1)
        and overrides.starting_on < coalesce(rates.ending_before, overrides.starting_on + 1)
)

select
    pairs.price_book,
    pairs.rate_id,
    pairs.override_id,
    rates.pricing_unit,
    units.decimals,
    overrides.override_type,
    coalesce(overrides.multiplier, 1)::decimal(20, 10) as multiplier,
    case
        when overrides.override_type = 'overwrite' then overrides.rate_type
        else rates.rate_type
    end as rate_type,
    case
        when overrides.override_type = 'overwrite' then overrides.price
        else {{ to_unit_price('round(rates.price * coalesce(overrides.multiplier, 1), 10)') }}
    end as unit_price,
    case
        when overrides.override_type is distinct from 'overwrite' or overrides.rate_type = rates.rate_type
            then rates.price
    end as list_unit_price,
    case
        when overrides.override_type = 'overwrite' then overrides.package_size
        else rates.package_size
    end as package_size,
    case
        when overrides.override_type is distinct from 'overwrite'
            then {{ to_unit_price('round(rates.commit_price * coalesce(overrides.multiplier, 1), 10)') }}
    end as commit_price,
    rates.minimum_amount,
    rates.maximum_amount,
from pairs
inner join {{ source('price_book', 'rates') }} as rates using (price_book, rate_id)
inner join {{ source('price_book', 'pricing_units') }} as units
    on rates.price_book = units.price_book
    and rates.pricing_unit = units.pricing_unit
left join {{ source('price_book', 'contract_overrides') }} as overrides
    on pairs.price_book = overrides.price_book
    and pairs.override_id = overrides.override_id
