-- one row per open period, composite product and rate (with its override) that a base line falls in
-- S-29: the rate is the one in force where the base line begins. Minimum and maximum of the last
-- rate bound the product's total; the difference is on its last line.
with bases as (
    select
        lines.contract_id,
        lines.period_start,
        lines.period_end,
        prices.* exclude (contract_id, starts_on, ends_before),
        max(lines.service_start) as last_service_start,
        {{ to_quantity('sum(lines.amount)') }} as quantity,
    from {{ ref('composite_bases') }} as lines
    inner join {{ ref('effective_prices') }} as prices
        on lines.contract_id = prices.contract_id
        and lines.product_id = prices.product_id
        and lines.service_start >= prices.starts_on
        and lines.service_start < prices.ends_before
    where prices.unit_price is not null
    group by all
),

charged as (
    select
        *,
        {{ round_to_unit(to_unrounded_amount('quantity * unit_price'), 'decimals') }} as rounded_amount,
        {{ round_to_unit('minimum_amount', 'decimals') }} as lowest,
        {{ round_to_unit('maximum_amount', 'decimals') }} as highest,
    from bases
),

totalled as (
    select
        *,
        {{ to_amount('sum(rounded_amount) over whole_product') }} as total,
        -- greatest() and least() pass over nulls: no bound, no change
        {{ to_amount('greatest(least(total, highest), lowest)') }} as bounded_total,
        row_number() over (
            whole_product order by last_service_start desc, rate_id desc, override_id desc
        ) = 1 as is_last,
    from charged
    window whole_product as (partition by contract_id, period_start, product_id)
)

select
    price_book,
    contract_id,
    period_start,
    'composite' as line_type,
    product_id,
    product_name,
    period_start as service_start,
    period_end as service_end,
    quantity,
    unit_price,
    list_unit_price,
    {{ to_amount('case when is_last then rounded_amount + bounded_total - total else rounded_amount end') }} as amount,
    {{ round_to_unit(to_unrounded_amount('quantity * list_unit_price'), 'decimals') }} as list_amount,
    pricing_unit,
    decimals,
    rate_id,
    override_id,
from totalled
