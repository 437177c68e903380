-- one row per rated period, minimum or cap in force and product whose lines it counts
-- S-57: a product, the products that carry a tag, or all that are sold.
select
    limits.contract_id,
    limits.period_start,
    limits.place,
    sold.product_id,
from {{ ref('limits_in_force') }} as limits
inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
inner join {{ ref('sold_products') }} as sold
    on periods.price_book = sold.price_book
    and periods.rate_card_id = sold.rate_card_id
    and {{ counts_product('limits', 'sold.product_id', 'sold.tags') }}
