-- one row per alert that fired or resolved in this run
-- Its id follows from what it says and not from when a run saw it, so that whatever ends between two steps,
-- nobody is told twice (S-70).
select
    'alert_' || left(sha256(to_json([
        alert_id, contract_id, kind, metric, pricing_group, pricing_unit, period_start::varchar,
        threshold::varchar, change, occurrence::varchar
    ])::varchar), 32) as alert_event_id,
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
