-- one row per rated period, usage product and stretch of days in which nothing that prices it changes
-- `measured_to` is the moment up to which usage counts: the stretch's end, or the end of the day of
-- the run's clock while it is open, or null while it has not begun (S-13).
with whole_periods as (
    select
        periods.price_book,
        periods.contract_id,
        periods.customer_id,
        periods.rate_card_id,
        products.product_id,
        periods.period_start,
        periods.period_end,
        periods.period_start as segment_start,
    from {{ ref('rated_periods') }} as periods
    inner join {{ ref('sold_products') }} as products
        on periods.price_book = products.price_book
        and periods.rate_card_id = products.rate_card_id
        and products.product_type = 'usage'
),

segment_starts as (
    select *
    from whole_periods
    semi join {{ ref('product_changes') }} using (price_book, contract_id, period_start, product_id)
    union all
    select whole_periods.* replace (changes.changes_on as segment_start)
    from whole_periods
    inner join {{ ref('product_changes') }} as changes using (price_book, contract_id, period_start, product_id)
),

segments as (
    select
        *,
        lead(segment_start, 1, period_end) over (
            partition by contract_id, product_id, period_start order by segment_start
        ) as segment_end,
    from segment_starts
    union all
    -- nothing changes in most periods
    select
        *,
        period_end as segment_end,
    from whole_periods
    anti join {{ ref('product_changes') }} using (price_book, contract_id, period_start, product_id)
),

pointers as (
    select
        *,
        lead(starting_on) over (partition by price_book, product_id order by starting_on) as ending_before,
    from {{ source('price_book', 'product_metrics') }}
)

select
    segments.price_book,
    segments.contract_id,
    segments.customer_id,
    segments.rate_card_id,
    segments.product_id,
    segments.period_start,
    segments.period_end,
    segments.segment_start,
    segments.segment_end,
    case
        when segments.segment_end <= run.as_of then segments.segment_end
        when segments.segment_start <= run.as_of then run.as_of::date + 1
    end as measured_to,
    pointers.metric,
    pointers.version as metric_version,
from segments
cross join {{ source('inputs', 'run') }} as run
left join pointers
    on segments.price_book = pointers.price_book
    and segments.product_id = pointers.product_id
    and segments.segment_start >= pointers.starting_on
    and (pointers.ending_before is null or segments.segment_start < pointers.ending_before)
