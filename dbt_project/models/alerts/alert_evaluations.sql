-- one row per alert, contract, thing that it watches and open period: its state as this run leaves it
-- S-76: an upward alert fires once per threshold and period and stays fired; one of a balance fires when the
-- value falls to its threshold, resolves above it (at `clear_at`, if that is given), and fires again. What
-- was told before is in inputs.alert_log. Nothing of it changes within a day but by what a contract is
-- computed for, as of drafts and balances. Kept is what the rule and the contract do not say by themselves
-- (evaluated_alerts): of four million rows, writing is most of the work.
{{ config(materialized='by_contract') }}

-- of an upward alert a threshold is told for itself; one of a balance goes on under another
with told as (
    select
        alert_id, contract_id, kind, metric, pricing_group, pricing_unit, period_start,
        case when period_start is not null then threshold end as threshold,
        max(occurrence) as occurrence,
        arg_max(change, occurrence) = 'triggered' as is_standing,
        min(row(-occurrence, occurred_at))[2] as occurred_at,
    from {{ source('inputs', 'alert_log') }}
    group by all
),

compared as (
    select
        alert_values.*,
        told.occurred_at as told_at,
        coalesce(told.is_standing, false) as was_triggered,
        case when is_upward then 0 else coalesce(told.occurrence, 0) end as told_times,
        case
            when is_held then was_triggered
            when is_upward then value >= alert_values.threshold
            -- nothing is left whose days could be counted
            when value is null then false
            when was_triggered and clear_at is not null then value < clear_at
            else value <= alert_values.threshold
        end as is_reached,
    from {{ ref('alert_values') }} as alert_values
    left join told
        on alert_values.alert_id = told.alert_id
        and alert_values.contract_id = told.contract_id
        and alert_values.kind = told.kind
        and alert_values.watched_group = told.pricing_group
        and alert_values.metric is not distinct from told.metric
        and alert_values.watched_unit is not distinct from told.pricing_unit
        and alert_values.period_start is not distinct from told.period_start
        and case when is_upward then alert_values.threshold end is not distinct from told.threshold
),

judged as (
    select
        *,
        -- what an upward alert told stays told
        is_reached or (is_upward and was_triggered) as is_triggered,
        is_triggered <> was_triggered as is_news,
    from compared
)

select
    alert_id,
    rule_of,
    contract_id,
    watched_group as pricing_group,
    watched_unit as pricing_unit,
    period_start,
    period_end,
    value,
    is_reached,
    is_triggered,
    is_news,
    case when is_news then run.as_of else told_at end as state_since,
    (told_times + 1)::integer as occurrence,
from judged
cross join {{ source('inputs', 'run') }} as run
