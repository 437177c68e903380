-- one row per invoice, composite product, rate (with its override) and period that it is a percentage of
-- S-29: the rate is the one in force where the base line begins. Minimum and maximum of the last rate
-- that has a line bound the product's total; the difference is on its last line. Of a final period the
-- composite is worked out anew, with late lines as if they had been known, and the difference to what
-- is billed of it is a line of the invoice that carries them. Without any base line left it is taken
-- back whole.
with bases as (
    select
        lines.contract_id,
        lines.period_start,
        lines.period_end,
        prices.* exclude (contract_id, starts_on, ends_before),
        max(lines.service_start) filter (where lines.has_line) as last_service_start,
        bool_or(lines.has_line) as has_line,
        {{ to_quantity('sum(lines.amount)') }} as added,
    from {{ ref('composite_bases') }} as lines
    inner join {{ ref('effective_prices') }} as prices
        on lines.price_book = prices.price_book
        and lines.contract_id = prices.contract_id
        and lines.product_id = prices.product_id
        and lines.service_start >= prices.starts_on
        and lines.service_start < prices.ends_before
    where prices.unit_price is not null
    group by all
),

billed as (
    select * from {{ ref('billed_composites') }}
    semi join {{ ref('composite_bases') }} using (contract_id, period_start, product_id)
),

compared as (
    select
        coalesce(bases.contract_id, billed.contract_id) as contract_id,
        coalesce(bases.period_start, billed.period_start) as base_period_start,
        coalesce(bases.product_id, billed.product_id) as product_id,
        coalesce(bases.product_name, billed.last_line.product_name) as product_name,
        coalesce(bases.period_end, billed.last_line.service_end) as service_end,
        coalesce(bases.rate_id, billed.rate_id) as rate_id,
        case when bases.contract_id is null then billed.override_id else bases.override_id end as override_id,
        coalesce(bases.unit_price, billed.last_line.unit_price) as unit_price,
        case when bases.contract_id is null then billed.last_line.list_unit_price else bases.list_unit_price end
            as list_unit_price,
        coalesce(bases.pricing_unit, billed.last_line.pricing_unit) as pricing_unit,
        bases.minimum_amount,
        bases.maximum_amount,
        bases.last_service_start,
        coalesce(bases.has_line, false) as has_line,
        billed.contract_id is not null as is_billed,
        coalesce(billed.quantity, 0) as billed_quantity,
        coalesce(billed.amount, 0) as billed_amount,
        coalesce(billed.list_amount, 0) as billed_list_amount,
        case when has_line then billed_quantity + bases.added else 0 end as base,
    from bases
    full outer join billed
        on bases.contract_id = billed.contract_id
        and bases.period_start = billed.period_start
        and bases.product_id = billed.product_id
        and bases.rate_id = billed.rate_id
        and bases.override_id is not distinct from billed.override_id
),

charged as (
    select
        compared.*,
        periods.price_book,
        periods.is_late,
        periods.corrects_invoice_id,
        case when periods.is_late then carriers.carried_on else compared.base_period_start end as period_start,
        units.decimals,
        {{ round_to_unit(to_unrounded_amount('base * unit_price'), 'decimals') }} as rounded_amount,
        {{ round_to_unit('minimum_amount', 'decimals') }} as lowest,
        {{ round_to_unit('maximum_amount', 'decimals') }} as highest,
    from compared
    inner join {{ ref('rated_periods') }} as periods
        on compared.contract_id = periods.contract_id
        and compared.base_period_start = periods.period_start
    inner join {{ source('price_book', 'pricing_units') }} as units
        on periods.price_book = units.price_book
        and compared.pricing_unit = units.pricing_unit
    left join {{ ref('late_carriers') }} as carriers on compared.contract_id = carriers.contract_id
),

totalled as (
    select
        *,
        {{ to_amount('sum(rounded_amount) over whole_product') }} as total,
        -- greatest() and least() pass over nulls: no bound, no change
        {{ to_amount('greatest(least(total, highest), lowest)') }} as bounded_total,
        has_line and row_number() over (
            whole_product order by has_line desc, last_service_start desc, rate_id desc, override_id desc
        ) = 1 as is_last,
        {{ to_amount('case when is_last then rounded_amount + bounded_total - total else rounded_amount end') }} as due,
    from charged
    window whole_product as (partition by contract_id, base_period_start, product_id)
)

select
    price_book, contract_id, period_start, 'composite' as line_type, product_id, product_name,
    base_period_start as service_start, service_end,
    {{ to_quantity('base - billed_quantity') }} as quantity,
    unit_price, list_unit_price,
    {{ to_amount('due - billed_amount') }} as amount,
    {{ to_amount(round_to_unit(to_unrounded_amount('base * list_unit_price'), 'decimals') ~ ' - billed_list_amount') }}
        as list_amount,
    pricing_unit, decimals, rate_id, override_id, corrects_invoice_id,
from totalled
where base <> billed_quantity or due <> billed_amount or (has_line and not is_billed and not is_late)
