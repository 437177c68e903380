-- one row per draw on a commit in a month: of a line's product, of a void that gives it back, or its expiry
-- S-81, S-84: what a pool cost is earned in proportion to what is used of it; with proportional breakage faster, by
-- what nobody is expected to use, and never more than it cost. What expires unused is earned on the last
-- day of access. The cumulative figure is rounded and differences are posted, so a pool that is used up has
-- earned exactly what it cost.
{{ config(materialized='view') }}

with draws as (
    select
        earned.contract_id, earned.month, 'drawdown' as entry_type, false as is_reversal, earned.invoice_id,
        earned.product_id, earned.paid_by as commit_id, earned.service_month,
        min(earned.service_from) as service_from, max(earned.service_to) as service_to,
        sum(earned.amount) as drawn,
    from {{ to_rate(ref('earned_months')) }} as earned
    inner join {{ ref('booked_invoices') }} as invoices using (invoice_id)
    where earned.paid_by is not null
        and earned.month <= coalesce(invoices.voided_on, earned.month)
    group by all
),

movements as (
    select *, 0 as expired from draws
    union all
    -- S-50: as if it had never been used, in the month of the void
    select
        draws.* replace (
            greatest(draws.month, date_trunc('month', invoices.voided_on))::date as month,
            true as is_reversal,
            -draws.drawn as drawn
        ),
        0 as expired,
    from draws
    inner join {{ ref('booked_invoices') }} as invoices using (invoice_id)
    where invoices.voided_on is not null
    union all by name
    select
        contract_id, date_trunc('month', entry_on - 1)::date as month, 'breakage' as entry_type,
        false as is_reversal, commit_id, month as service_month,
        (min(entry_on) - 1)::date as service_from, (max(entry_on) - 1)::date as service_to,
        0 as drawn, -sum(amount) as expired,
    from {{ to_rate(ref('commit_movements')) }}
    where entry_type = 'expiry'
    group by all
),

summed as (
    select
        movements.* exclude (drawn, expired, product_id),
        coalesce(movements.product_id, pools.product_id) as product_id,
        pools.* exclude (commit_id, contract_id, product_id, granted),
        {{ to_minor('pools.price') }} as price_minor,
        {{ to_minor('pools.granted', '4') }} as granted,
        {{ to_minor('sum(movements.drawn) over used', '4') }} as drawn,
        {{ to_minor('sum(movements.expired) over used', '4') }} as expired,
        row_number() over used as place,
    from movements
    inner join {{ ref('recognition_pools') }} as pools
        on movements.contract_id = pools.contract_id
        and movements.commit_id = pools.commit_id
    -- a total order: the same draws in any other give the same totals by month
    window used as (
        partition by movements.contract_id, pools.pool_id
        order by
            movements.month, movements.entry_type desc, movements.is_reversal, movements.invoice_id,
            movements.product_id, movements.service_month, movements.commit_id
        rows unbounded preceding
    )
),

earned as (
    select
        *,
        case
            when keep = 10000 and {{ to_minor('price', '4') }} = granted
                then {{ to_minor(round_to_unit(
                    '((drawn + expired)::decimal(24, 0) * 0.0001)::decimal(28, 4)', 'decimals'
                )) }}
            else least(price_minor, greatest(
                {{ rounded_quotient('price_minor * drawn * 10000', 'granted * keep') }},
                {{ rounded_quotient('price_minor * (drawn + expired)', 'granted') }}
            ))
        end as minor_so_far,
    from summed
)

select
    contract_id, month, entry_type, is_reversal, invoice_id, product_id, commit_id, service_month, currency,
    service_from, service_to,
    {{ minor_as_amount(
        '(coalesce(minor_so_far, 0) - coalesce(lag(minor_so_far, 1, 0) over whole_pool, 0))'
    ) }} as amount,
from earned
window whole_pool as (partition by contract_id, pool_id order by place)
