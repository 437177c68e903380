-- one row per alert that fired or resolved in this run
select
    {{ alert_event_id() }} as alert_event_id,
    alert_id,
    change,
    evaluations.occurrence,
    run.as_of as occurred_at,
    customer_id,
    contract_id,
    kind,
    metric,
    pricing_group,
    pricing_unit,
    period_start,
    period_end,
    threshold,
    clear_at,
    value,
    hard_cap,
from {{ to_rate(ref('evaluated_alerts')) }} as evaluations
cross join {{ source('inputs', 'run') }} as run
where change is not null
