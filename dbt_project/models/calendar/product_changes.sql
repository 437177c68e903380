-- one row per rated period, usage product and date inside the period on which its pricing may change
-- S-13: rate rows, overrides, metric pointers and commit segments change on dates (S-2). Which of
-- them matter to a pricing group shows later; a date too many here only splits what is merged again.
with products_in_periods as (
    select
        periods.*,
        products.product_id,
        products.tags,
    from {{ ref('rated_periods') }} as periods
    inner join {{ ref('sold_products') }} as products
        on periods.price_book = products.price_book
        and periods.rate_card_id = products.rate_card_id
        and products.product_type = 'usage'
),

rate_dates as (
    select distinct
        price_book,
        rate_card_id,
        product_id,
        unnest([starting_on, ending_before]) as changes_on,
    from {{ source('price_book', 'rates') }}
),

override_dates as (
    select distinct
        price_book,
        contract_id,
        product_id,
        tag,
        unnest([starting_on, ending_before]) as changes_on,
    from {{ source('price_book', 'contract_overrides') }}
),

-- S-73: of one that waits for its payment, the days from which it is paid
commit_dates as (
    select distinct price_book, contract_id, unnest([starting_on, ending_before]) as changes_on,
    from {{ ref('commit_service') }}
    where price_book is not null
),

automatic_dates as (
    select distinct contract_id, unnest([starting_on, ending_before]) as changes_on,
    from {{ ref('commit_service') }}
    where price_book is null
),

changes as (
    select products_in_periods.*, rate_dates.changes_on
    from products_in_periods
    inner join rate_dates using (price_book, rate_card_id, product_id)
    union all
    select products_in_periods.*, override_dates.changes_on
    from products_in_periods
    inner join override_dates
        on products_in_periods.price_book = override_dates.price_book
        and products_in_periods.contract_id = override_dates.contract_id
        and (
            products_in_periods.product_id = override_dates.product_id
            or list_contains(products_in_periods.tags, override_dates.tag)
        )
    union all
    select products_in_periods.*, metrics.starting_on as changes_on
    from products_in_periods
    inner join
        {{ source('price_book', 'product_metrics') }} as metrics
        using (price_book, product_id)
    union all
    select products_in_periods.*, commit_dates.changes_on
    from products_in_periods
    inner join commit_dates using (price_book, contract_id)
    union all
    select products_in_periods.*, automatic_dates.changes_on
    from products_in_periods
    inner join automatic_dates using (contract_id)
)

select distinct price_book, contract_id, period_start, product_id, changes_on
from changes
where changes_on > period_start and changes_on < period_end
