-- one row per contract, metric version, day and metric group: a day with far more than is usual on its weekday
-- S-86: against the median of the same weekday of the 8 weeks before, once the group has 14 days of history:
-- more than 6 times the median deviation from it, more than twice, and more than the amount that an alert of
-- kind `anomaly` names for it (the least of several; where none does 0, and groups of which something is
-- usual). The days of the last 8 weeks are judged; today's as soon as it is past, where a day can only grow.
-- Of the metrics that some such alert names: others nobody asked for. In what is counted or summed up a day
-- without usage is 0; in anything else it says nothing.
{{ config(materialized='by_contract') }}

with metrics as (
    select distinct metric, metric_version, coalesce(rollup in ('sum', 'unique'), false) as is_count,
        coalesce(rollup in ('sum', 'unique', 'max'), false) as only_grows,
    from {{ ref('billable_metrics') }}
    where metric in (select rules.metric from {{ ref('alert_rules') }} as rules where rules.kind = 'anomaly')
),

days as (
    select
        contracts.customer_id,
        days.contract_id,
        days.metric,
        days.metric_version,
        days.window_start as usage_date,
        days.metric_group,
        days.quantity,
        metrics.is_count,
        usage_date >= run.as_of::date - 56
        and (usage_date < run.as_of::date or metrics.only_grows) as is_judged,
    from {{ ref('metric_values') }} as days
    inner join {{ ref('active_contracts') }} as contracts using (contract_id)
    inner join metrics using (metric, metric_version)
    inner join {{ source('inputs', 'run') }} as run
        on days.window_start >= run.as_of::date - 112 and days.window_start <= run.as_of::date
    where days.window_end = days.window_start + 1 and days.quantity is not null
),

histories as (
    select
        *,
        (usage_date - min(usage_date) over (
            partition by contract_id, metric, metric_version, metric_group
        ))::integer as history_days,
        list(quantity) over (
            partition by contract_id, metric, metric_version, metric_group, isodow(usage_date)
            order by usage_date range between interval 56 day preceding and interval 1 day preceding
        ) as known,
    from days
    qualify is_judged and history_days >= 14
),

weekdays as (
    select
        * exclude (known),
        list_sort(known || case when is_count
            then list_resize([]::decimal(28, 10)[], least(8, history_days // 7) - len(known), 0)
            else [] end) as known,
    from (select * replace (coalesce(known, []) as known) from histories)
),

medians as (
    select *, {{ median_of('known') }} as usual, from weekdays where len(known) >= 2
),

deviations as (
    select *, list_sort(list_transform(known, lambda day_quantity: abs(day_quantity - usual))) as deviations,
    from medians
    where quantity > 2 * usual
),

found as (
    select
        *,
        {{ median_of('deviations') }} as usual_deviation,
        {{ to_quantity('quantity - usual') }} as excess,
        metric as found_metric,
    from deviations
    where excess > 6 * usual_deviation
),

named as (
    select contract_id, metric, metric_version, usage_date, metric_group, min(threshold) as amount,
    from {{ with_rules(
        '(select * exclude (metric) from found)',
        "rules.kind = 'anomaly' and rules.metric = things.found_metric and "
        ~ names_group('rules.pricing_group', 'things.metric_group')
    ) }}
    group by all
)

select
    found.customer_id,
    found.contract_id,
    found.metric,
    found.metric_version,
    found.usage_date,
    found.metric_group,
    found.quantity,
    found.usual,
    found.usual_deviation,
    found.excess,
from found
left join named using (contract_id, metric, metric_version, usage_date, metric_group)
where found.excess > case when found.usual > 0 then coalesce(named.amount, 0) else named.amount end
