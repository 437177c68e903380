-- one row per contract, event type and period: events that feed no product sold under the contract
-- S-23: so that a forgotten product shows, instead of giving its usage away. What a final period sold
-- is what the price book says that made it final: a product that left the book later was billed.
{{ config(materialized='by_contract') }}

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
),

-- The types that some card of some price book does not feed, few or none: all other events are left
-- out before their days are joined with periods.
types as (
    select distinct event_type from {{ ref('event_days') }}
),

unfed_types as (
    select distinct types.event_type
    from types
    cross join (
        select distinct contracts.price_book, contracts.rate_card_id
        from {{ source('price_book', 'contracts') }} as contracts
    ) as cards
    anti join fed_types
        on cards.price_book = fed_types.price_book
        and cards.rate_card_id = fed_types.rate_card_id
        and types.event_type = fed_types.event_type
),

days as (
    select customer_id, event_type, event_date, events
    from {{ ref('event_days') }}
    semi join unfed_types using (event_type)
    where repeat_kind is null
),

sold_under as (
    select
        periods.*,
        coalesce(finals.price_book, periods.price_book) as sold_by,
        contracts.rate_card_id as sold_by_card,
    from {{ to_rate(ref('billing_periods')) }} as periods
    left join {{ source('ledger', 'invoices') }} as finals
        on periods.contract_id = finals.contract_id
        and periods.period_start = finals.period_start
        and finals.invoice_type = 'usage'
        and finals.status = 'finalized'
    inner join {{ source('price_book', 'contracts') }} as contracts
        on periods.contract_id = contracts.contract_id
        and coalesce(finals.price_book, periods.price_book) = contracts.price_book
)

select
    periods.contract_id,
    days.event_type,
    periods.period_start,
    sum(days.events)::bigint as events,
from sold_under as periods
inner join {{ ref('customer_identities') }} as identities using (price_book, customer_id)
inner join days
    on identities.sent_id = days.customer_id
    and days.event_date >= periods.period_start
    and days.event_date < periods.period_end
    and {{ holds_on('identities', 'days.event_date') }}
anti join fed_types
    on periods.sold_by = fed_types.price_book
    and periods.sold_by_card = fed_types.rate_card_id
    and days.event_type = fed_types.event_type
group by all
having sum(days.events) > 0
