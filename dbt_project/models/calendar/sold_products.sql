-- one row per price book, rate card and product that the card sells: it has any rate row (S-23)
select distinct
    rates.price_book,
    rates.rate_card_id,
    rates.product_id,
    products.type as product_type,
    products.name as product_name,
    products.tags,
    products.pricing_group_keys,
    products.presentation_group_keys,
from {{ source('price_book', 'rates') }} as rates
inner join {{ source('price_book', 'products') }} as products
    on rates.price_book = products.price_book
    and rates.product_id = products.product_id
