-- one row per alert of kind anomaly, contract, metric group and unusual day of the last week: by how much it is
-- S-86: for a week, so that a rule that is new does not tell of all that is past. Of two versions the newer one.
{{ config(materialized='view') }}

with anomalies as (
    select
        contract_id,
        customer_id,
        metric as found_metric,
        metric_group as watched_group,
        usage_date as period_start,
        usage_date + 1 as period_end,
        excess as value,
    from {{ to_rate(ref('anomalous_days')) }} as days
    inner join {{ source('inputs', 'run') }} as run on days.usage_date >= run.as_of::date - 7
    qualify row_number() over (
        partition by contract_id, metric, metric_group, usage_date order by metric_version desc
    ) = 1
)

select
    alert_id,
    rule_of,
    contract_id,
    customer_id,
    kind,
    metric,
    watched_group,
    period_start,
    period_end,
    is_upward,
    threshold,
    clear_at,
    hard_cap,
    value,
from {{ with_rules(
    'anomalies',
    "rules.kind = 'anomaly' and rules.metric = things.found_metric and "
    ~ names_group('rules.pricing_group', 'things.watched_group')
) }}
