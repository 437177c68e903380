-- one row per alert, contract, thing that it watches and open period (of balances: now): the value
-- S-76. Of a held contract nothing is known but what was told before (S-52): its value is null.
-- A view, read once.
{{ config(materialized='view') }}

with spent as (
    select contract_id, currency, period_start, period_end, 'spend' as kind, subtotal as amount
    from {{ to_rate(ref('draft_invoices')) }} as drafts
    where invoice_type = 'usage'
    union all
    select contract_id, currency, period_start, period_end, 'invoice_total' as kind, total as amount
    from {{ to_rate(ref('draft_invoices')) }} as drafts
    where invoice_type = 'usage'
),

of_periods as (
    select
        rules.*,
        '{}' as watched_group,
        spent.currency as watched_unit,
        spent.period_start,
        spent.period_end,
        {{ to_quantity('spent.amount') }} as value,
    from {{ ref('alert_rules') }} as rules
    inner join spent using (contract_id, kind)
    where rules.pricing_unit is null or rules.pricing_unit = spent.currency
    union all by name
    -- what has not been used is 0; a group of its own there is with its first usage
    select
        rules.*,
        coalesce(usage.watched_group, rules.pricing_group) as watched_group,
        periods.period_start,
        periods.period_end,
        {{ to_quantity('coalesce(usage.quantity, 0)') }} as value,
    from {{ ref('alert_rules') }} as rules
    inner join {{ ref('open_periods') }} as periods on rules.contract_id = periods.contract_id
    left join {{ ref('watched_usage') }} as usage
        on rules.contract_id = usage.contract_id
        and periods.period_start = usage.period_start
        and rules.metric = usage.metric
        and rules.pricing_group = usage.pricing_group
    where rules.kind = 'usage'
        and (usage.contract_id is not null or not contains(rules.pricing_group, ':"*"'))
),

of_balances as (
    select
        rules.*,
        '{}' as watched_group,
        balances.pricing_unit as watched_unit,
        case rules.kind
            when 'balance' then {{ to_quantity('balances.remaining') }}
            when 'exhausted' then {{ to_quantity('balances.remaining') }}
            when 'days_left' then {{ to_quantity('balances.days_left') }}
            when 'balance_percent'
                then {{ to_quantity(
                    'coalesce(' ~ exact_divide('balances.remaining * 100', 'balances.granted') ~ ', 0)'
                ) }}
        end as value,
    from {{ ref('alert_rules') }} as rules
    inner join {{ ref('watched_balances') }} as balances on rules.contract_id = balances.contract_id
    where rules.kind in ('balance', 'balance_percent', 'days_left', 'exhausted')
        and (rules.pricing_unit is null or rules.pricing_unit = balances.pricing_unit)
),

held as (
    select distinct
        rules.*,
        told.pricing_group as watched_group,
        told.pricing_unit as watched_unit,
        told.period_start,
        told.period_end,
        null::decimal(28, 10) as value,
        true as is_held,
    from {{ ref('alert_rules') }} as rules
    semi join {{ ref('contracts_on_hold') }} as on_hold on rules.contract_id = on_hold.contract_id
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('inputs', 'alert_log') }} as told
        on rules.alert_id = told.alert_id
        and rules.contract_id = told.contract_id
        and rules.kind = told.kind
        and rules.metric is not distinct from told.metric
        and (told.period_end is null or told.period_end > run.as_of::date)
)

select
    alert_id,
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
from (select * from of_periods union all by name select * from of_balances union all by name select * from held)
