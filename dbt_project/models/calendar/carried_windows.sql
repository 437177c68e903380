-- one row per metric version, contract, window that begins with its period and event that is carried into it
-- S-56: the period's first day, for metrics whose days do not roll up also the stretches to each moment.
with needed as (
    select contract_id, period_start, metric, metric_version, period_start + 1 as window_end
    from {{ ref('product_segments') }}
    where metric is not null
    union
    select contract_id, period_start, metric, metric_version, period_start + 1 as window_end
    from {{ ref('unmeasured_periods') }}
    union
    select contract_id, period_start, metric, metric_version, measured_at as window_end
    from {{ ref('evaluation_dates') }}
)

select
    needed.metric,
    needed.metric_version,
    needed.contract_id,
    needed.period_start as window_start,
    needed.window_end,
    events.price_book,
    events.carry,
    events.event_seq,
from needed
inner join (
    select distinct metric, metric_version, rollup, carry from {{ ref('billable_metrics') }}
) as metrics using (metric, metric_version)
inner join {{ ref('carried_events') }} as events using (carry, contract_id, period_start)
where metrics.rollup is null or needed.window_end = needed.period_start + 1
