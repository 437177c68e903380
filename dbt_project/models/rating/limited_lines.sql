-- one row per line that a minimum or cap of a rated period may count, with what is billed and what is new of it
-- S-57: usage, subscriptions in arrears and composites on usage invoices, in the card's currency, before
-- balances and before a commit's own price (S-42). Of a final period with late lines, and of an open one
-- whose invoice was voided (S-50), what final invoices bill of it counts too, as it was charged before
-- S-42. `line_order` is that of S-40.
with limited as (
    select distinct contract_id, period_start, currency, decimals from {{ ref('limits_in_force') }}
),

new_lines as (
    select
        charges.contract_id, charges.period_start, 'usage' as line_type, charges.product_id, charges.product_name,
        charges.pricing_group, charges.tier, charges.service_start, charges.service_end, charges.unit_price,
        charges.pricing_unit, charges.base_amount as amount,
    from {{ ref('outstanding_charges') }} as charges
    left join {{ ref('changed_groups') }} as changed using (contract_id, period_start, product_id, pricing_group)
    where not charges.is_late or changed.contract_id is not null
    union all by name
    select
        contract_id, period_start, line_type, product_id, product_name, '{}' as pricing_group, service_start,
        service_end, unit_price, pricing_unit, amount, subscription_id as source_id,
    from {{ ref('subscription_lines') }}
    where not is_scheduled
    union all by name
    select
        contract_id, service_start as period_start, line_type, product_id, product_name, '{}' as pricing_group,
        service_start, service_end, unit_price, pricing_unit, amount,
    from {{ ref('composite_lines') }}
),

final_lines as (
    select
        periods.contract_id, periods.period_start, periods.decimals, lines.* exclude (line_type),
        case when lines.line_type = 'late_usage' then 'usage' else lines.line_type end as line_type,
    from {{ final_lines_of('limited', "('usage', 'late_usage', 'subscription', 'composite')") }}
),

-- A commit at its own rate parts a line (S-42): its parts are one again, at the rate's price.
unparted as (
    select
        lines.contract_id, lines.period_start, lines.decimals, lines.line_type, lines.product_id, lines.product_name,
        lines.pricing_group, lines.tier, lines.service_start, lines.service_end, lines.pricing_unit, lines.source_id,
        lines.invoice_id,
        -- what was taken back was so line by line
        case when lines.quantity < 0 then lines.unit_price end as back_price,
        bool_or(lines.unit_price = rates.commit_price) as is_repriced,
        max(coalesce(rates.unit_price, lines.unit_price)) as rate_price,
        max(lines.unit_price) as billed_price,
        sum(lines.quantity)::decimal(28, 10) as quantity,
        sum(coalesce(lines.flat_fee, 0))::decimal(20, 10) as fee,
        sum(lines.amount)::decimal(20, 4) as billed_amount,
    from final_lines as lines
    left join {{ ref('charge_differences') }} as rates
        on lines.line_type = 'usage'
        and lines.contract_id = rates.contract_id
        and lines.period_start = rates.period_start
        and lines.product_id = rates.product_id
        and lines.pricing_group = rates.pricing_group
        and lines.service_start = rates.service_start
        and coalesce(lines.tier, 0) = rates.tier_key
    group by all
),

lines as (
    select new_lines.* exclude (pricing_unit), false as is_billed,
    from new_lines
    inner join limited
        on new_lines.contract_id = limited.contract_id
        and new_lines.period_start = limited.period_start
        and new_lines.pricing_unit = limited.currency
    union all by name
    select
        unparted.contract_id, unparted.period_start, unparted.line_type, unparted.product_id, unparted.product_name,
        unparted.pricing_group, unparted.tier, unparted.service_start, unparted.service_end, unparted.source_id,
        case when unparted.is_repriced then unparted.rate_price else unparted.billed_price end as unit_price,
        case
            when unparted.is_repriced then {{ round_to_unit(
                to_unrounded_amount('unparted.quantity * unparted.rate_price + unparted.fee'), 'unparted.decimals'
            ) }}
            else unparted.billed_amount
        end as amount,
        true as is_billed,
    from unparted
    inner join limited
        on unparted.contract_id = limited.contract_id
        and unparted.period_start = limited.period_start
        and unparted.pricing_unit = limited.currency
),

whole_lines as (
    select
        contract_id, period_start, line_type, product_id, max(product_name) as product_name, pricing_group, tier,
        service_start, max(service_end) as service_end, source_id, null::varchar as rate_id,
        null::varchar as override_id, null::varchar as corrects_invoice_id,
        max(unit_price) as unit_price,
        {{ to_amount('sum(amount)') }} as amount,
        {{ to_amount('coalesce(sum(amount) filter (is_billed), 0)') }} as billed_amount,
    from lines
    group by all
)

select
    * exclude (rate_id, override_id, corrects_invoice_id),
    row_number() over (
        partition by contract_id, period_start order by {{ line_order_in_period(last='amount') }}
    )::integer as line_order,
from whole_lines
