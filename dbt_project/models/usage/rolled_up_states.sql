-- one row per metric version, contract, rated period, moment and metric group
-- The running value V(t) of S-11 where days roll up by their states: a unique count by the days on
-- which a key is seen first; in a time average a day's last value holds until the next day with a
-- sample, or the moment.
with metrics as (
    select distinct metric, metric_version, rollup
    from {{ ref('billable_metrics') }}
    where rollup in ('unique', 'time_average')
),

first_days as (
    select
        spans.*,
        states.metric_group,
        states.unique_key,
        min(states.window_start) as first_day,
    from (
        select
            moments.* exclude (measured_at),
            max(moments.measured_at) as measured_at,
        from {{ ref('evaluation_dates') }} as moments
        inner join metrics using (metric, metric_version)
        where metrics.rollup = 'unique'
        group by all
    ) as spans
    inner join {{ ref('day_states') }} as states
        on spans.metric = states.metric
        and spans.metric_version = states.metric_version
        and spans.contract_id = states.contract_id
        and states.window_start >= spans.period_start
        and states.window_start < spans.measured_at
    group by all
),

first_seen as (
    select * exclude (measured_at, unique_key), count(unique_key) as keys
    from first_days
    group by all
),

unique_counts as (
    select
        moments.*,
        first_seen.metric_group,
        {{ to_quantity('sum(first_seen.keys)') }} as quantity,
    from {{ ref('evaluation_dates') }} as moments
    inner join first_seen using (contract_id, period_start, metric, metric_version)
    where first_seen.first_day < moments.measured_at
    group by all
),

held_days as (
    select
        moments.*,
        states.metric_group,
        states.last_value,
        states.scaled_sum,
        (moments.measured_at - moments.period_start) * 86400000000 as period_us,
        epoch_us(
            coalesce(
                lead(states.first_at) over (
                    partition by
                        moments.contract_id, moments.period_start, moments.metric,
                        moments.metric_version, moments.measured_at, states.metric_group
                    order by states.window_start
                ),
                moments.measured_at::timestamptz
            )
        ) - epoch_us(states.window_end::timestamptz) as held_us,
    from {{ ref('evaluation_dates') }} as moments
    inner join metrics using (metric, metric_version)
    inner join {{ ref('day_states') }} as states
        on moments.metric = states.metric
        and moments.metric_version = states.metric_version
        and moments.contract_id = states.contract_id
        and states.window_start >= moments.period_start
        and states.window_start < moments.measured_at
    where metrics.rollup = 'time_average'
),

time_averages as (
    select
        contract_id,
        period_start,
        metric,
        metric_version,
        measured_at,
        metric_group,
        {{ exact_weighted_sum('last_value', 'held_us', 'period_us', 'scaled_sum') }} as quantity,
    from held_days
    group by contract_id, period_start, metric, metric_version, measured_at, metric_group, period_us
)

select * from unique_counts
union all
select * from time_averages
