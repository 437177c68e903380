-- one row per subscription line: a charged part at the price in force on its first day
-- S-34; the quantity and the full price per period are shown, the amount is prorated by days (S-35).
select
    parts.price_book,
    parts.contract_id,
    parts.subscription_id,
    parts.is_scheduled,
    parts.period_start,
    'subscription' as line_type,
    parts.product_id,
    prices.product_name,
    parts.part_start as service_start,
    parts.part_end as service_end,
    parts.quantity,
    prices.unit_price,
    prices.list_unit_price,
    {{ prorated_amount(
        'parts.quantity', 'prices.unit_price', 'parts.charged_days', 'parts.full_days', 'prices.decimals'
    ) }} as amount,
    {{ prorated_amount(
        'parts.quantity', 'prices.list_unit_price', 'parts.charged_days', 'parts.full_days', 'prices.decimals'
    ) }} as list_amount,
    prices.pricing_unit,
    prices.decimals,
    prices.rate_id,
    prices.override_id,
from {{ ref('subscription_parts') }} as parts
inner join {{ ref('effective_prices') }} as prices
    on parts.price_book = prices.price_book
    and parts.contract_id = prices.contract_id
    and parts.product_id = prices.product_id
    and parts.part_start >= prices.starts_on
    and parts.part_start < prices.ends_before
where prices.rate_type = 'flat'
