-- one row per metric version, contract, window that begins with its period and event that is carried into it
-- S-56: the period's first day, for metrics whose days do not roll up also the stretches to each moment.
with metrics as (
    select distinct metric, metric_version, rollup, carry
    from {{ ref('billable_metrics') }}
    where carry is not null
),

periods as (
    select price_book, contract_id, period_start, metric, metric_version
    from {{ ref('product_segments') }}
    semi join metrics using (metric, metric_version)
    union
    select price_book, contract_id, period_start, metric, metric_version
    from {{ ref('unmeasured_periods') }}
    semi join metrics using (metric, metric_version)
),

windows as (
    select *, period_start + 1 as window_end from periods
    union
    select periods.*, moments.measured_at as window_end
    from periods
    inner join {{ ref('evaluation_dates') }} as moments using (contract_id, period_start, metric, metric_version)
    inner join metrics using (metric, metric_version)
    where metrics.rollup is null
)

select
    windows.metric,
    windows.metric_version,
    windows.contract_id,
    windows.period_start as window_start,
    windows.window_end,
    windows.price_book,
    metrics.carry,
    events.event_seq,
from windows
inner join metrics using (metric, metric_version)
inner join {{ ref('carried_events') }} as events using (carry, contract_id, period_start)
where events.event_seq is not null
