-- one row per open period, composite product and date on which lines begin that it is a percentage of
-- S-29: usage and subscription lines of the usage invoice, in the card's currency, of the listed
-- products or tags, before commits. A line counts once, also if its product is listed twice.
with listed_products as (
    select distinct
        composites.price_book,
        composites.product_id as composite_product_id,
        products.product_id,
    from {{ source('price_book', 'composite_products') }} as composites
    inner join {{ source('price_book', 'products') }} as products
        on composites.price_book = products.price_book
        and (
            composites.applies_to_product_id = products.product_id
            or list_contains(products.tags, composites.applies_to_tag)
        )
),

base_lines as (
    select contract_id, period_start, product_id, service_start, pricing_unit, amount
    from {{ ref('usage_lines') }}
    union all
    select contract_id, period_start, product_id, service_start, pricing_unit, amount
    from {{ ref('subscription_lines') }}
    where collection = 'arrears'
)

select
    periods.contract_id,
    periods.period_start,
    periods.period_end,
    sold.product_id,
    base_lines.service_start,
    {{ to_amount('sum(base_lines.amount)') }} as amount,
from {{ ref('open_periods') }} as periods
inner join {{ ref('sold_products') }} as sold
    on periods.price_book = sold.price_book
    and periods.rate_card_id = sold.rate_card_id
    and sold.product_type = 'composite'
inner join listed_products
    on sold.price_book = listed_products.price_book
    and sold.product_id = listed_products.composite_product_id
inner join base_lines
    on periods.contract_id = base_lines.contract_id
    and periods.period_start = base_lines.period_start
    and listed_products.product_id = base_lines.product_id
    and periods.currency = base_lines.pricing_unit
group by all
