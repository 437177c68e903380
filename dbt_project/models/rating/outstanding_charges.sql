-- one row per slice, tier and unit price: what the period gives now minus what final invoices bill of it
-- For an open period that is all of it. For a final one it is late usage (S-43): at the rate's own unit
-- price, but a quantity that falls goes back at the prices at which it was billed, first at the rate's
-- own, then at the others, the highest first. A fee stands on the first line of its slice and tier.
-- Of most periods nothing is billed: their charges are outstanding as they are.
{{ config(materialized='view') }}

with taken_back as (
    select
        differences.*,
        billed.unit_price as billed_unit_price,
        row_number() over prices_in_order as price_number,
        {{ to_quantity('least(billed.quantity, greatest(
            -differences.quantity - coalesce(sum(billed.quantity) over earlier_prices, 0), 0
        ))') }} as taken_quantity,
    from {{ ref('charge_differences') }} as differences
    inner join {{ ref('billed_before') }} as billed
        on differences.contract_id = billed.contract_id
        and differences.period_start = billed.period_start
        and differences.product_id = billed.product_id
        and differences.pricing_group = billed.pricing_group
        and differences.service_start = billed.slice_start
        and differences.tier_key = billed.tier
    where differences.quantity < 0 and billed.quantity > 0
    window
        prices_in_order as (
            partition by
                differences.contract_id, differences.period_start, differences.product_id,
                differences.pricing_group, differences.service_start, differences.tier_key
            order by billed.unit_price is distinct from differences.unit_price, billed.unit_price desc
        ),
        earlier_prices as (prices_in_order rows between unbounded preceding and 1 preceding)
),

-- `rate_unit_price` is what a percentage counts a line at: its price before a commit's own (S-29)
differences as (
    select *, unit_price as rate_unit_price
    from {{ ref('charge_differences') }}
    where quantity >= 0
    union all by name
    select
        * exclude (billed_unit_price, price_number, taken_quantity) replace (
            (-taken_quantity)::decimal(28, 10) as quantity,
            billed_unit_price as unit_price,
            case when price_number = 1 then flat_fee else 0 end::decimal(20, 10) as flat_fee,
            case when price_number = 1 then list_flat_fee else 0 end::decimal(20, 10) as list_flat_fee
        ),
        unit_price as rate_unit_price,
    from taken_back
    where taken_quantity > 0
),

outstanding as (
    select
        differences.* exclude (tier_key),
        nullif(differences.tier_key, 0) as tier,
        periods.price_book,
        periods.is_late,
        periods.corrects_invoice_id,
        units.decimals,
    from differences
    inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
    inner join {{ source('price_book', 'pricing_units') }} as units
        on periods.price_book = units.price_book
        and differences.pricing_unit = units.pricing_unit
    union all by name
    select
        contract_id, period_start, product_id, product_name, metric, metric_version, pricing_group, tier,
        slice_start as service_start, slice_end as service_end,
        coalesce(charged_quantity, 0)::decimal(28, 10) as quantity, unit_price, list_unit_price,
        coalesce(fee, 0)::decimal(20, 10) as flat_fee, coalesce(list_fee, 0)::decimal(20, 10) as list_flat_fee,
        pricing_unit, rate_id, override_id, commit_price, unit_price as rate_unit_price, price_book, is_late,
        null::varchar as corrects_invoice_id, decimals,
    from {{ ref('usage_charges') }}
    anti join {{ ref('charge_differences') }} using (contract_id, period_start)
)

select
    * exclude (rate_unit_price),
    {{ round_to_unit(to_unrounded_amount('quantity * unit_price + flat_fee'), 'decimals') }} as amount,
    case
        when list_unit_price = unit_price and list_flat_fee = flat_fee then amount
        else {{ round_to_unit(to_unrounded_amount('quantity * list_unit_price + list_flat_fee'), 'decimals') }}
    end as list_amount,
    case
        when rate_unit_price = unit_price then amount
        else {{ round_to_unit(to_unrounded_amount('quantity * rate_unit_price + flat_fee'), 'decimals') }}
    end as base_amount,
from outstanding
where quantity <> 0 or flat_fee <> 0
