-- one row per rated period, usage product and stretch of days in which nothing that prices it changes
-- `measured_to` is the moment up to which usage counts: the stretch's end, or the end of the day of
-- the run's clock while it is open, or null while it has not begun (S-13).
with segment_starts as (
    select
        periods.price_book,
        periods.contract_id,
        periods.period_start,
        products.product_id,
        periods.period_start as segment_start,
    from {{ ref('rated_periods') }} as periods
    inner join {{ ref('sold_products') }} as products
        on periods.price_book = products.price_book
        and periods.rate_card_id = products.rate_card_id
        and products.product_type = 'usage'
    union all
    select price_book, contract_id, period_start, product_id, changes_on as segment_start
    from {{ ref('product_changes') }}
),

segments as (
    select
        *,
        lead(segment_start) over (
            partition by contract_id, product_id, period_start order by segment_start
        ) as next_start,
    from segment_starts
)

select
    segments.price_book,
    segments.contract_id,
    periods.customer_id,
    periods.rate_card_id,
    segments.product_id,
    segments.period_start,
    periods.period_end,
    segments.segment_start,
    coalesce(segments.next_start, periods.period_end) as segment_end,
    case
        when segment_end <= run.as_of then segment_end
        when segments.segment_start <= run.as_of then run.as_of::date + 1
    end as measured_to,
    pointers.metric,
    pointers.version as metric_version,
from segments
inner join {{ ref('rated_periods') }} as periods using (price_book, contract_id, period_start)
cross join {{ source('inputs', 'run') }} as run
asof left join {{ source('price_book', 'product_metrics') }} as pointers
    on segments.price_book = pointers.price_book
    and segments.product_id = pointers.product_id
    and segments.segment_start >= pointers.starting_on
