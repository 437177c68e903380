-- one row per metric version, contract, rated period, moment and metric group
-- The running value V(t) of S-11 at every moment that a segment of the period begins or is measured
-- to. A metric whose days roll up is put together from its days: by their quantities here.
with metrics as (
    select distinct metric, metric_version, rollup from {{ ref('billable_metrics') }}
),

whole_windows as (
    select
        moments.*,
        metric_values.metric_group,
        metric_values.quantity,
    from {{ ref('evaluation_dates') }} as moments
    inner join metrics using (metric, metric_version)
    inner join {{ ref('metric_values') }} as metric_values
        on moments.metric = metric_values.metric
        and moments.metric_version = metric_values.metric_version
        and moments.contract_id = metric_values.contract_id
        and moments.period_start = metric_values.window_start
        and moments.measured_at = metric_values.window_end
    where metrics.rollup is null
),

rolled_up_days as (
    select
        moments.*,
        days.metric_group,
        case metrics.rollup
            when 'sum' then {{ to_quantity('sum(days.quantity)') }}
            when 'max' then {{ to_quantity('max(days.quantity)') }}
            when 'min' then {{ to_quantity('min(days.quantity)') }}
            when 'latest'
                then arg_max(days.quantity, days.window_start) filter (where metrics.rollup = 'latest')
            when 'average_of_days_with_data'
                then {{ exact_divide('sum(days.quantity)', 'count(*)') }}
            when 'average_of_all_days'
                then {{ exact_divide('sum(days.quantity)', 'moments.measured_at - moments.period_start') }}
        end as quantity,
    from {{ ref('evaluation_dates') }} as moments
    inner join metrics using (metric, metric_version)
    inner join {{ ref('metric_values') }} as days
        on moments.metric = days.metric
        and moments.metric_version = days.metric_version
        and moments.contract_id = days.contract_id
        and days.window_start >= moments.period_start
        and days.window_start < moments.measured_at
        and days.window_end = days.window_start + 1
    where metrics.rollup is not null and metrics.rollup not in ('unique', 'time_average')
    group by
        moments.contract_id, moments.period_start, moments.metric, moments.metric_version,
        moments.measured_at, days.metric_group, metrics.rollup
)

select * from whole_windows
union all
select * from rolled_up_days
union all
select * from {{ ref('rolled_up_states') }}
