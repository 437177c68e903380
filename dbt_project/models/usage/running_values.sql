-- one row per metric version, contract, rated period, moment and metric group
-- The running value V(t) of S-11 at every moment that a segment of the period begins or is measured
-- to. A metric whose days combine is put together from its days here.
with moments as (
    select contract_id, period_start, metric, metric_version, measured_to as measured_at
    from {{ ref('product_segments') }}
    where metric is not null and measured_to is not null
    union
    select contract_id, period_start, metric, metric_version, segment_start as measured_at
    from {{ ref('product_segments') }}
    where metric is not null and measured_to is not null and segment_start > period_start
),

metrics as (
    select distinct metric, metric_version, combine from {{ ref('billable_metrics') }}
),

whole_windows as (
    select
        moments.*,
        metric_values.metric_group,
        metric_values.quantity,
    from moments
    inner join metrics using (metric, metric_version)
    inner join {{ ref('metric_values') }} as metric_values
        on moments.metric = metric_values.metric
        and moments.metric_version = metric_values.metric_version
        and moments.contract_id = metric_values.contract_id
        and moments.period_start = metric_values.window_start
        and moments.measured_at = metric_values.window_end
    where metrics.combine is null
),

combined_days as (
    select
        moments.*,
        metric_values.metric_group,
        case metrics.combine
            when 'sum' then {{ to_quantity('sum(metric_values.quantity)') }}
            when 'max' then {{ to_quantity('max(metric_values.quantity)') }}
            when 'min' then {{ to_quantity('min(metric_values.quantity)') }}
        end as quantity,
    from moments
    inner join metrics using (metric, metric_version)
    inner join {{ ref('metric_values') }} as metric_values
        on moments.metric = metric_values.metric
        and moments.metric_version = metric_values.metric_version
        and moments.contract_id = metric_values.contract_id
        and metric_values.window_start >= moments.period_start
        and metric_values.window_start < moments.measured_at
        and metric_values.window_end = metric_values.window_start + 1
    where metrics.combine is not null
    group by
        moments.contract_id, moments.period_start, moments.metric, moments.metric_version,
        moments.measured_at, metric_values.metric_group, metrics.combine
)

select * from whole_windows
union all
select * from combined_days
