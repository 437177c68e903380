-- one row per price book, contract, product without pricing groups and stretch of days: the price in force
-- Of final periods with late events by the book that made them final (S-43). Subscriptions and composites
-- have the empty group: one rate row and one override apply on a date (S-21, S-32), and nothing where the
-- product is not entitled (S-22).
with products as (
    select distinct price_book, contract_id, rate_card_id, product_id, product_name, product_type
    from {{ ref('priced_groups') }}
    where product_type <> 'usage'
),

rates as (
    select products.*, rates.rate_id, rates.starting_on, rates.ending_before, rates.entitled
    from products
    inner join {{ ref('group_rates') }} as rates using (price_book, rate_card_id, product_id)
    where rates.pricing_group = '{}'
),

overrides as (
    select
        products.price_book,
        products.contract_id,
        products.product_id,
        overrides.* exclude (price_book, contract_id, product_id)
    from products
    inner join {{ ref('group_overrides') }} as overrides using (price_book, contract_id, product_id)
    where overrides.pricing_group = '{}'
),

changes as (
    select price_book, contract_id, product_id, unnest([starting_on, ending_before]) as starts_on from rates
    union
    select price_book, contract_id, product_id, unnest([starting_on, ending_before]) as starts_on from overrides
),

stretches as (
    select
        price_book,
        contract_id,
        product_id,
        starts_on,
        lead(starts_on)
            over (partition by price_book, contract_id, product_id order by starts_on)
            as ends_before,
    from changes
    where starts_on is not null
),

stretch_overrides as (
    select
        stretches.price_book,
        stretches.contract_id,
        stretches.product_id,
        stretches.starts_on,
        arg_min(overrides.override_id, overrides.override_rank)
        filter (where overrides.override_type <> 'entitlement') as override_id,
        arg_min(overrides.entitled, overrides.override_rank)
        filter (where overrides.override_type = 'entitlement') as entitled,
    from stretches
    inner join overrides
        on stretches.price_book = overrides.price_book
        and stretches.contract_id = overrides.contract_id
        and stretches.product_id = overrides.product_id
        and stretches.starts_on >= overrides.starting_on
        and stretches.starts_on < coalesce(overrides.ending_before, stretches.starts_on + 1)
    group by all
)

select
    rates.price_book,
    stretches.contract_id,
    stretches.product_id,
    rates.product_name,
    rates.product_type,
    stretches.starts_on,
    coalesce(stretches.ends_before, 'infinity'::date) as ends_before,
    rates.rate_id,
    stretch_overrides.override_id,
    prices.rate_type,
    prices.pricing_unit,
    prices.decimals,
    prices.unit_price,
    prices.list_unit_price,
    prices.minimum_amount,
    prices.maximum_amount,
from stretches
inner join rates
    on stretches.price_book = rates.price_book
    and stretches.contract_id = rates.contract_id
    and stretches.product_id = rates.product_id
    and stretches.starts_on >= rates.starting_on
    and stretches.starts_on < coalesce(rates.ending_before, stretches.starts_on + 1)
left join stretch_overrides
    on stretches.price_book = stretch_overrides.price_book
    and stretches.contract_id = stretch_overrides.contract_id
    and stretches.product_id = stretch_overrides.product_id
    and stretches.starts_on = stretch_overrides.starts_on
inner join {{ ref('effective_rates') }} as prices
    on rates.price_book = prices.price_book
    and rates.rate_id = prices.rate_id
    and stretch_overrides.override_id is not distinct from prices.override_id
where coalesce(stretch_overrides.entitled, rates.entitled)
