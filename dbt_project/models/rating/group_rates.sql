-- one row per rate card, product, pricing group and rate row that agrees with the group
-- S-21: a rate row agrees when the group has each key that the row names, with that value. Which of
-- them wins on a date (most keys named) is decided where dates are known.
with card_groups as (
    select distinct price_book, rate_card_id, product_id, pricing_group
    from {{ ref('priced_groups') }}
)

select
    card_groups.price_book,
    card_groups.rate_card_id,
    card_groups.product_id,
    card_groups.pricing_group,
    rates.rate_id,
    rates.starting_on,
    rates.ending_before,
    rates.entitled,
    rates.pricing_unit,
    len({{ group_entries('rates.pricing_group') }})::integer as named_keys,
from card_groups
inner join {{ source('price_book', 'rates') }} as rates using (price_book, rate_card_id, product_id)
where list_has_all(
        {{ group_entries('card_groups.pricing_group') }}, {{ group_entries('rates.pricing_group') }}
    )
