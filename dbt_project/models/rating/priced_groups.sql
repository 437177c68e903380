-- one row per rated period, product sold and pricing group that may need a price
-- Usage products have the groups that were used, in a final period also those that were billed;
-- subscriptions, composites and fixed products have the empty group (S-32); of final periods composites
-- of late lines (S-29), and subscriptions where a change became known later (S-44).
with used as (
    select contract_id, period_start, product_id, pricing_group
    from {{ ref('segment_usage') }}
    union
    select slices.contract_id, slices.period_start, slices.product_id, slices.pricing_group
    from {{ source('ledger', 'usage_slices') }} as slices
    semi join {{ ref('late_periods') }} as late_periods
        on slices.contract_id = late_periods.contract_id
        and slices.period_start = late_periods.period_start
)

select
    periods.price_book,
    periods.contract_id,
    periods.period_start,
    periods.period_end,
    periods.is_late,
    periods.customer_id,
    periods.rate_card_id,
    periods.currency,
    products.product_id,
    products.product_name,
    products.product_type,
    products.tags,
    coalesce(used.pricing_group, '{}') as pricing_group,
from {{ ref('rated_periods') }} as periods
inner join {{ ref('sold_products') }} as products using (price_book, rate_card_id)
left join used
    on periods.contract_id = used.contract_id
    and periods.period_start = used.period_start
    and products.product_id = used.product_id
where used.pricing_group is not null
    or (products.product_type <> 'usage' and (products.product_type = 'composite' or not periods.is_late))
union all by name
-- The last of those periods is enough: the price in force is of a contract and a product.
select
    terms.price_book,
    terms.contract_id,
    max(terms.period_start) as period_start,
    max(terms.period_end) as period_end,
    false as is_late,
    terms.customer_id,
    terms.rate_card_id,
    terms.currency,
    products.product_id,
    products.product_name,
    products.product_type,
    products.tags,
    '{}' as pricing_group,
from {{ ref('subscription_terms') }} as terms
inner join {{ ref('sold_products') }} as products using (price_book, rate_card_id, product_id)
where terms.is_final
group by all
