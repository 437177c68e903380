-- one row per metric version, contract and window that a measured period needs and that has or begins with events
-- A window is one day, or the stretch from a period's start to a boundary. Its fingerprint changes
-- when an event lands in it, an alias joins, the metric's SQL or a lookup table that it joins
-- changes: only then it is computed again. A metric whose days roll up is computed by day alone. A
-- window that begins with its period has what is carried into it as well (S-56), however many days
-- ago that was.
with needed as (
    select distinct contract_id, period_start, metric, metric_version
    from {{ ref('product_segments') }}
    where metric is not null
    union all
    select contract_id, period_start, metric, metric_version from {{ ref('unmeasured_periods') }}
),

day_windows as (
    select
        needed.metric,
        needed.metric_version,
        needed.contract_id,
        days.event_date as window_start,
        days.event_date + 1 as window_end,
        metrics.checksum,
        days.price_book,
        days.sent_id,
        days.event_type,
        days.event_date,
        days.events,
        days.last_event_seq,
    from needed
    inner join {{ ref('billable_metrics') }} as metrics using (metric, metric_version)
    inner join {{ ref('period_event_days') }} as days using (contract_id, period_start, event_type)
),

long_windows as (
    select
        moments.metric,
        moments.metric_version,
        moments.contract_id,
        moments.period_start as window_start,
        moments.measured_at as window_end,
        metrics.checksum,
        days.price_book,
        days.sent_id,
        days.event_type,
        days.event_date,
        days.events,
        days.last_event_seq,
    from {{ ref('evaluation_dates') }} as moments
    inner join {{ ref('billable_metrics') }} as metrics using (metric, metric_version)
    inner join {{ ref('period_event_days') }} as days using (contract_id, period_start, event_type)
    where metrics.rollup is null
        and days.event_date < moments.measured_at
        and moments.measured_at > moments.period_start + 1
),

windows as (
    select * from day_windows
    union all
    select * from long_windows
    union all
    select
        carried.metric,
        carried.metric_version,
        carried.contract_id,
        carried.window_start,
        carried.window_end,
        metrics.checksum,
        carried.price_book,
        null as sent_id,
        null as event_type,
        null as event_date,
        0 as events,
        carried.event_seq as last_event_seq,
    from {{ ref('carried_windows') }} as carried
    inner join (
        select distinct metric, metric_version, checksum from {{ ref('billable_metrics') }}
    ) as metrics using (metric, metric_version)
)

select
    windows.metric,
    windows.metric_version,
    windows.contract_id,
    windows.window_start,
    windows.window_end,
    concat_ws(
        ':',
        windows.checksum,
        lookups.digest,
        sum(
            hash(
                windows.sent_id,
                windows.event_type,
                windows.event_date,
                windows.events,
                windows.last_event_seq
            )
        )
    ) as fingerprint,
from windows
left join {{ ref('lookup_digests') }} as lookups using (metric, metric_version, price_book)
group by
    windows.metric,
    windows.metric_version,
    windows.contract_id,
    windows.window_start,
    windows.window_end,
    windows.checksum,
    lookups.digest
