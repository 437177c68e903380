-- one row per subscription, billing period and date: what the price book charges from it, as if nothing were invoiced
-- S-44: to compare with what is invoiced, so only the subscriptions of such lines that another price
-- book made; increases of S-35, at the price in force on their first day (S-34).
{{ config(materialized='by_contract') }}

with compared as (
    select distinct subscription_id
    from {{ ref('invoiced_subscriptions') }} as lines
    semi join {{ ref('subscription_terms') }} using (subscription_id)
    cross join {{ source('inputs', 'run') }} as run
    where lines.price_book <> run.price_book and not lines.is_void
),

increases as (
    select
        *,
        greatest(stated_quantity - coalesce(max(stated_quantity) over (
            partition by subscription_id, period_start
            order by part_start
            rows between unbounded preceding and 1 preceding
        ), 0), 0)::decimal(28, 10) as quantity,
    from {{ ref('subscription_terms') }}
    semi join compared using (subscription_id)
)

select
    parts.contract_id,
    parts.subscription_id,
    parts.period_start,
    prices.product_id,
    parts.part_start,
    parts.part_end,
    parts.quantity,
    prices.unit_price,
    {{ prorated_amount(
        'parts.quantity', 'prices.unit_price', 'parts.charged_days', 'parts.full_days', 'prices.decimals'
    ) }} as amount,
    prices.decimals,
from increases as parts
inner join {{ ref('effective_prices') }} as prices
    on parts.contract_id = prices.contract_id
    and parts.product_id = prices.product_id
    and parts.part_start >= prices.starts_on
    and parts.part_start < prices.ends_before
where parts.quantity > 0 and prices.rate_type = 'flat'
