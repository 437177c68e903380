-- one row per alert, contract, thing that it watches and open period: its state, with its rule and customer
-- The rules are those that it was judged by: an edit of alerts.csv computes all contracts.
{{ config(materialized='view') }}

select
    evaluations.alert_id,
    contracts.customer_id,
    evaluations.contract_id,
    rules.kind,
    rules.metric,
    evaluations.pricing_group,
    evaluations.pricing_unit,
    evaluations.period_start,
    evaluations.period_end,
    rules.threshold,
    rules.clear_at,
    evaluations.value,
    case when evaluations.is_triggered then 'triggered' else 'ok' end as state,
    evaluations.state_since,
    evaluations.is_reached,
    rules.hard_cap,
    case
        when evaluations.is_news and evaluations.is_triggered then 'triggered'
        when evaluations.is_news then 'resolved'
    end as change,
    evaluations.occurrence,
from {{ ref('alert_evaluations') }} as evaluations
inner join {{ ref('alert_rules') }} as rules
    on evaluations.alert_id = rules.alert_id
    and evaluations.rule_of is not distinct from rules.customer_id
inner join {{ source('price_book', 'contracts') }} as contracts using (contract_id)
inner join {{ source('inputs', 'run') }} as run on contracts.price_book = run.price_book
