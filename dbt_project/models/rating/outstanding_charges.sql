-- one row per slice and tier: what the period gives now minus what final invoices bill of it
-- For an open period that is all of it. For a final one it is late usage (S-43): the rate's own unit
-- price, for a quantity that falls the lowest one billed for the slice and tier.
-- Of most periods nothing is billed: their charges are outstanding as they are.
{{ config(materialized='view') }}

with compared_periods as (
    select contract_id, period_start from {{ ref('billed_before') }}
    union
    select contract_id, period_start from {{ ref('rated_periods') }} where is_late
),

charges as (
    select *, coalesce(tier, 0) as tier_key
    from {{ ref('usage_charges') }}
    semi join compared_periods using (contract_id, period_start)
),

compared as (
    select
        coalesce(charges.contract_id, billed.contract_id) as contract_id,
        coalesce(charges.period_start, billed.period_start) as period_start,
        coalesce(charges.product_id, billed.product_id) as product_id,
        coalesce(charges.product_name, billed.last_line.product_name) as product_name,
        coalesce(charges.metric, billed.last_line.metric) as metric,
        coalesce(charges.metric_version, billed.last_line.metric_version) as metric_version,
        coalesce(charges.pricing_group, billed.pricing_group) as pricing_group,
        nullif(coalesce(charges.tier_key, billed.tier), 0) as tier,
        coalesce(charges.slice_start, billed.slice_start) as service_start,
        coalesce(charges.slice_end, billed.slice_end) as service_end,
        (coalesce(charges.charged_quantity, 0) - coalesce(billed.quantity, 0))::decimal(28, 10)
            as outstanding_quantity,
        case
            when
                outstanding_quantity < 0 and billed.lowest_unit_price is not null
                then billed.lowest_unit_price
            else coalesce(charges.unit_price, billed.lowest_unit_price)
        end as unit_price,
        case
            when charges.rate_id is null then billed.last_line.list_unit_price else
                charges.list_unit_price
        end as list_unit_price,
        (coalesce(charges.fee, 0) - coalesce(billed.fee, 0))::decimal(20, 10) as flat_fee,
        (coalesce(charges.list_fee, 0) - coalesce(billed.list_fee, 0))::decimal(20, 10)
            as list_flat_fee,
        coalesce(charges.pricing_unit, billed.last_line.pricing_unit) as pricing_unit,
        coalesce(charges.rate_id, billed.last_line.rate_id) as rate_id,
        case
            when charges.rate_id is null then billed.last_line.override_id else charges.override_id
        end as override_id,
        charges.commit_price,
    from charges
    full outer join {{ ref('billed_before') }} as billed
        on charges.contract_id = billed.contract_id
        and charges.period_start = billed.period_start
        and charges.product_id = billed.product_id
        and charges.pricing_group = billed.pricing_group
        and charges.slice_start = billed.slice_start
        and charges.tier_key = billed.tier
),

outstanding as (
    select
        compared.*,
        periods.price_book,
        periods.is_late,
        periods.corrects_invoice_id,
        units.decimals,
    from compared
    inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
    inner join {{ source('price_book', 'pricing_units') }} as units
        on periods.price_book = units.price_book
        and compared.pricing_unit = units.pricing_unit
    union all
    select
        contract_id, period_start, product_id, product_name, metric, metric_version, pricing_group,
        nullif(tier, 0) as tier, slice_start as service_start, slice_end as service_end,
        coalesce(charged_quantity, 0)::decimal(28, 10) as outstanding_quantity, unit_price, list_unit_price,
        coalesce(fee, 0)::decimal(20, 10) as flat_fee, coalesce(list_fee, 0)::decimal(20, 10) as list_flat_fee,
        pricing_unit, rate_id, override_id, commit_price, price_book, is_late,
        null::varchar as corrects_invoice_id, decimals,
    from {{ ref('usage_charges') }}
    anti join compared_periods using (contract_id, period_start)
)

select
    * rename (outstanding_quantity as quantity),
    {{ round_to_unit(
        to_unrounded_amount('outstanding_quantity * unit_price + flat_fee'), 'decimals'
    ) }} as amount,
    case
        when list_unit_price = unit_price and list_flat_fee = flat_fee then amount
        else {{ round_to_unit(
            to_unrounded_amount('outstanding_quantity * list_unit_price + list_flat_fee'), 'decimals'
        ) }}
    end as list_amount,
from outstanding
where outstanding_quantity <> 0 or flat_fee <> 0
