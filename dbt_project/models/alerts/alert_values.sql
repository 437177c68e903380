-- one row per alert, contract, thing that it watches and open period (of balances: now): the value
-- S-76. Of a held contract nothing is known but what was told before (S-52): its value is null.
{{ config(materialized='view') }}

with drafts as (
    select contract_id, customer_id, currency, period_start, period_end, subtotal, total,
    from {{ to_rate(ref('draft_invoices')) }} as drafts
    where invoice_type = 'usage'
),

spent as (
    select
        *,
        '{}' as watched_group,
        currency as watched_unit,
        {{ to_quantity("case kind when 'spend' then subtotal else total end") }} as value,
    from {{ with_rules(
        'drafts',
        "rules.kind in ('spend', 'invoice_total')"
        " and (rules.pricing_unit is null or rules.pricing_unit = things.currency)"
    ) }}
),

periods as (
    select contract_id, customer_id, period_start, period_end, from {{ ref('open_periods') }}
),

-- what has not been used is 0; a group of its own there is with its first usage
used as (
    select
        watched.*,
        coalesce(usage.watched_group, watched.pricing_group) as watched_group,
        {{ to_quantity('coalesce(usage.quantity, 0)') }} as value,
    from {{ with_rules('periods', "rules.kind = 'usage'") }} as watched
    left join {{ ref('watched_usage') }} as usage
        on watched.contract_id = usage.contract_id
        and watched.period_start = usage.period_start
        and watched.metric = usage.metric
        and watched.pricing_group = usage.pricing_group
    where usage.contract_id is not null or not contains(watched.pricing_group, ':"*"')
),

balances as (
    select contract_id, customer_id, pricing_unit as watched_unit, granted, remaining, days_left,
    from {{ to_rate(ref('watched_balances')) }} as watched_balances
),

left_over as (
    select
        *,
        '{}' as watched_group,
        case kind
            when 'balance' then {{ to_quantity('remaining') }}
            when 'exhausted' then {{ to_quantity('remaining') }}
            when 'days_left' then {{ to_quantity('days_left') }}
            when 'balance_percent' then coalesce({{ percent_of('remaining', 'granted') }}, 0)
        end as value,
    from {{ with_rules(
        'balances',
        "rules.kind in ('balance', 'balance_percent', 'days_left', 'exhausted')"
        " and (rules.pricing_unit is null or rules.pricing_unit = things.watched_unit)"
    ) }}
),

told as (
    select distinct
        contracts.contract_id,
        contracts.customer_id,
        told.alert_id as told_alert_id,
        told.kind as told_kind,
        told.metric as told_metric,
        told.pricing_group as watched_group,
        told.pricing_unit as watched_unit,
        told.period_start,
        told.period_end,
        null::decimal(28, 10) as value,
        true as is_held,
    from {{ source('inputs', 'alert_log') }} as told
    inner join {{ source('inputs', 'run') }} as run
        on told.period_end is null or told.period_end > run.as_of::date
    inner join {{ to_rate(source('price_book', 'contracts')) }} as contracts
        on told.contract_id = contracts.contract_id
        and run.price_book = contracts.price_book
    semi join {{ ref('contracts_on_hold') }} as on_hold on told.contract_id = on_hold.contract_id
),

held as (
    select *
    from {{ with_rules(
        'told',
        'rules.alert_id = things.told_alert_id and rules.kind = things.told_kind'
        ' and rules.metric is not distinct from things.told_metric'
    ) }}
)

select
    alert_id,
    rule_of,
    contract_id,
    customer_id,
    kind,
    metric,
    watched_group,
    watched_unit,
    period_start,
    period_end,
    is_upward,
    threshold,
    clear_at,
    hard_cap,
    value,
    coalesce(is_held, false) as is_held,
from (
    select * from spent
    union all by name select * from used
    union all by name select * from {{ ref('watched_anomalies') }}
    union all by name select * from left_over
    union all by name select * from held
)
