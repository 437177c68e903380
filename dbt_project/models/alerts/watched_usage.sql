-- one row per open period, metric, group that an alert names and group that it watches: the usage so far
-- S-11, S-76: the running value at the period's last moment, of the newest version that measures there,
-- summed over what the alert does not name. An alert names a value of a key (`eu`), or each by itself (`*`).
with named as (
    select distinct alerts.metric, alerts.pricing_group
    from {{ source('price_book', 'alerts') }} as alerts
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    where alerts.kind = 'usage' and coalesce(alerts.enabled, true)
),

moments as (
    select
        segments.contract_id,
        segments.period_start,
        periods.period_end,
        segments.metric,
        max({{ moment_and_version('segments.measured_to', 'segments.metric_version') }}) as newest,
    from {{ ref('product_segments') }} as segments
    inner join {{ ref('open_periods') }} as periods using (contract_id, period_start)
    where segments.measured_to is not null
        and segments.metric in (select named.metric from named)
    group by all
),

running_values as (
    select moments.contract_id, moments.period_start, moments.period_end, values_now.*
        exclude (contract_id, period_start),
    from moments
    inner join {{ ref('cumulative_usage') }} as values_now
        on moments.contract_id = values_now.contract_id
        and moments.period_start = values_now.period_start
        and moments.metric = values_now.metric
        and moments.newest = {{ moment_and_version('values_now.measured_at', 'values_now.metric_version') }}
),

-- Few groups, however many contracts: cutting JSON is what takes the time here.
agreeing as (
    select
        named.metric,
        named.pricing_group,
        metric_groups.metric_group,
        {{ group_subset('metric_groups.metric_group', 'json_keys(named.pricing_group)') }} as watched_group,
    from named
    inner join (select distinct metric, metric_group from running_values) as metric_groups using (metric)
    where {{ names_group('named.pricing_group', 'metric_groups.metric_group') }}
)

select
    running_values.contract_id,
    running_values.period_start,
    running_values.period_end,
    agreeing.metric,
    agreeing.pricing_group,
    agreeing.watched_group,
    {{ to_quantity('sum(running_values.quantity)') }} as quantity,
from running_values
inner join agreeing using (metric, metric_group)
group by all
