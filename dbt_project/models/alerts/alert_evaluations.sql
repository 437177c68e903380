-- one row per alert, contract, thing that it watches and open period: its state as this run leaves it
-- S-76: an upward alert fires once per threshold and period and stays fired; one of a balance fires when the
-- value falls to its threshold, resolves above it (at `clear_at`, if that is given), and fires again. What
-- was told before is in inputs.alert_log. Nothing of it changes within a day but by what a contract is
-- computed for, as of drafts and balances.
{{ config(materialized='by_contract') }}

with fired as (
    select
        alert_id, contract_id, kind, metric, pricing_group, pricing_unit, period_start, threshold,
        min(occurred_at) as occurred_at,
    from {{ source('inputs', 'alert_log') }}
    where period_start is not null
    group by all
),

last_told as (
    select
        alert_id, contract_id, kind, pricing_unit,
        max(occurrence) as occurrence,
        arg_max(change, occurrence) as change,
        arg_max(occurred_at, occurrence) as occurred_at,
    from {{ source('inputs', 'alert_log') }}
    where period_start is null
    group by all
),

compared as (
    select
        alert_values.*,
        fired.occurred_at as told_at,
        fired.alert_id is not null as was_triggered,
        0 as told_times,
        coalesce(alert_values.value >= alert_values.threshold, was_triggered) as is_reached,
    from {{ ref('alert_values') }} as alert_values
    left join fired
        on alert_values.alert_id = fired.alert_id
        and alert_values.contract_id = fired.contract_id
        and alert_values.period_start = fired.period_start
        and alert_values.threshold = fired.threshold
        and alert_values.kind = fired.kind
        and alert_values.watched_group = fired.pricing_group
        and alert_values.metric is not distinct from fired.metric
        and alert_values.watched_unit is not distinct from fired.pricing_unit
    where alert_values.is_upward
    union all by name
    select
        alert_values.*,
        last_told.occurred_at as told_at,
        coalesce(last_told.change = 'triggered', false) as was_triggered,
        coalesce(last_told.occurrence, 0) as told_times,
        case
            when alert_values.is_held then was_triggered
            -- nothing is left whose days could be counted
            when alert_values.value is null then false
            when was_triggered and alert_values.clear_at is not null
                then alert_values.value < alert_values.clear_at
            else alert_values.value <= alert_values.threshold
        end as is_reached,
    from {{ ref('alert_values') }} as alert_values
    left join last_told
        on alert_values.alert_id = last_told.alert_id
        and alert_values.contract_id = last_told.contract_id
        and alert_values.kind = last_told.kind
        and alert_values.watched_unit = last_told.pricing_unit
    where not alert_values.is_upward
),

judged as (
    select
        compared.* exclude (told_times),
        case
            when is_reached and not was_triggered then 'triggered'
            when was_triggered and not is_reached and not is_upward then 'resolved'
        end as change,
        (told_times + 1)::integer as occurrence,
        run.as_of,
    from compared
    cross join {{ source('inputs', 'run') }} as run
)

select
    alert_id,
    contract_id,
    customer_id,
    kind,
    metric,
    watched_group as pricing_group,
    watched_unit as pricing_unit,
    period_start,
    period_end,
    threshold,
    clear_at,
    hard_cap,
    value,
    is_reached,
    case when is_reached or (is_upward and was_triggered) then 'triggered' else 'ok' end as state,
    case when change is null then told_at else as_of end as state_since,
    change,
    occurrence,
from judged
