-- one row per contract, event type and period: events that feed no product sold under the contract
-- S-23: so that a forgotten product shows, instead of giving its usage away.
with fed_types as (
    select distinct
        products.price_book,
        products.rate_card_id,
        metrics.event_type,
    from {{ ref('sold_products') }} as products
    inner join
        {{ source('price_book', 'product_metrics') }} as pointers
        using (price_book, product_id)
    inner join {{ ref('billable_metrics') }} as metrics
        on pointers.metric = metrics.metric
        and pointers.version = metrics.metric_version
)

select
    periods.contract_id,
    days.event_type,
    periods.period_start,
    sum(days.events)::bigint as events,
from {{ ref('billing_periods') }} as periods
inner join {{ ref('customer_identities') }} as identities using (price_book, customer_id)
inner join {{ ref('event_days') }} as days
    on identities.sent_id = days.customer_id
    and days.event_date >= periods.period_start
    and days.event_date < periods.period_end
    and days.repeat_kind is null
anti join fed_types
    on periods.price_book = fed_types.price_book
    and periods.rate_card_id = fed_types.rate_card_id
    and days.event_type = fed_types.event_type
group by all
having sum(days.events) > 0
