-- one row per rated period, usage product, segment, pricing group and presentation group
-- The raw quantity of a segment [a, b) is V(b) − V(a) (S-12). Each segment is measured by the metric
-- version in force in it, so a swap inside a period bills nothing by itself (S-14). Products see the
-- groups that they price or explain by; the metric's other groups are summed over (S-11).
with measured as (
    select
        segments.contract_id,
        segments.period_start,
        segments.product_id,
        segments.segment_start,
        cumulative_usage.metric_group,
        cumulative_usage.quantity as change,
        true as is_at_end,
    from {{ ref('product_segments') }} as segments
    inner join {{ ref('cumulative_usage') }} as cumulative_usage
        on segments.contract_id = cumulative_usage.contract_id
        and segments.period_start = cumulative_usage.period_start
        and segments.metric = cumulative_usage.metric
        and segments.metric_version = cumulative_usage.metric_version
        and segments.measured_to = cumulative_usage.measured_at
    union all
    select
        segments.contract_id,
        segments.period_start,
        segments.product_id,
        segments.segment_start,
        cumulative_usage.metric_group,
        -cumulative_usage.quantity as change,
        false as is_at_end,
    from {{ ref('product_segments') }} as segments
    inner join {{ ref('cumulative_usage') }} as cumulative_usage
        on segments.contract_id = cumulative_usage.contract_id
        and segments.period_start = cumulative_usage.period_start
        and segments.metric = cumulative_usage.metric
        and segments.metric_version = cumulative_usage.metric_version
        and segments.segment_start = cumulative_usage.measured_at
    where segments.measured_to is not null and segments.segment_start > segments.period_start
),

priced as (
    select measured.*, periods.price_book
    from measured
    inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
),

-- Written once for all contracts: cutting JSON is what takes the time here.
subsets as (
    select
        metric_groups.*,
        {{ group_subset('metric_groups.metric_group', 'products.pricing_group_keys') }} as pricing_group,
        {{ group_subset('metric_groups.metric_group', 'products.presentation_group_keys') }} as presentation_group,
    from (select distinct price_book, product_id, metric_group from priced) as metric_groups
    inner join {{ source('price_book', 'products') }} as products using (price_book, product_id)
)

select
    priced.contract_id,
    priced.period_start,
    priced.product_id,
    priced.segment_start,
    subsets.pricing_group,
    subsets.presentation_group,
    {{ to_quantity('sum(priced.change)') }} as raw_quantity,
    bool_or(priced.is_at_end) as has_running_value,
from priced
inner join subsets using (price_book, product_id, metric_group)
group by all
