-- one row per rated period and usage product: the raw running value V of all its groups
-- Counted from the running values themselves, not from slices, so that reconciliation compares two
-- ways to the same number. Each stretch of days that one metric version measures adds what V rose by
-- (S-14); for a period without a swap that is V at its latest moment.
with stretches as (
    select
        contract_id,
        period_start,
        product_id,
        metric,
        metric_version,
        min(segment_start) as measured_from,
        max(measured_to) as measured_to,
    from (
        select
            *,
            count(*) filter (where is_swap) over (
                partition by contract_id, period_start, product_id order by segment_start
            ) as swaps,
        from (
            select
                *,
                row(metric, metric_version) is distinct from lag(row(metric, metric_version)) over (
                    partition by contract_id, period_start, product_id order by segment_start
                ) as is_swap,
            from {{ ref('product_segments') }}
            where measured_to is not null
                and (segment_start > period_start or segment_end < period_end)
        )
    )
    group by contract_id, period_start, product_id, metric, metric_version, swaps
    union all
    -- a period of one segment has no swap to look for
    select
        contract_id, period_start, product_id, metric, metric_version, segment_start as measured_from, measured_to,
    from {{ ref('product_segments') }}
    where measured_to is not null and segment_start = period_start and segment_end = period_end
),

totals as (
    select contract_id, period_start, metric, metric_version, measured_at, sum(quantity) as quantity
    from {{ ref('cumulative_usage') }}
    group by all
)

select
    stretches.contract_id,
    stretches.period_start,
    stretches.product_id,
    {{ to_quantity('sum(coalesce(ends.quantity, 0) - coalesce(starts.quantity, 0))') }} as running_value,
from stretches
left join totals as ends
    on stretches.contract_id = ends.contract_id
    and stretches.period_start = ends.period_start
    and stretches.metric = ends.metric
    and stretches.metric_version = ends.metric_version
    and stretches.measured_to = ends.measured_at
left join totals as starts
    on stretches.contract_id = starts.contract_id
    and stretches.period_start = starts.period_start
    and stretches.metric = starts.metric
    and stretches.metric_version = starts.metric_version
    and stretches.measured_from = starts.measured_at
    and stretches.measured_from > stretches.period_start
group by all
