-- one row per rated period and minimum or cap in force on its first day
-- S-57, of the price book that rates the period (S-43).
-- `place` is the order in which they are worked out: caps first, of products, then tags, then everything.
select
    periods.price_book,
    periods.contract_id,
    periods.period_start,
    periods.period_end,
    periods.is_late,
    periods.corrects_invoice_id,
    periods.currency,
    units.decimals,
    stated.limit_id,
    stated.line_type,
    stated.product_id,
    products.name as product_name,
    stated.applies_to_product_id,
    stated.applies_to_tag,
    stated.applies_to_product_id is null and stated.applies_to_tag is null as is_of_everything,
    (periods.period_end - periods.period_start)::integer as days,
    case
        when stated.prorated then calendar.full_period_end - calendar.full_period_start else days
    end::integer as full_days,
    stated.stated_amount,
    {{ prorated_amount('stated.stated_amount', '1', 'days', 'full_days', 'units.decimals') }} as amount,
    row_number() over (
        partition by periods.contract_id, periods.period_start
        order by stated.line_type, {{ limit_order('stated') }}
    )::integer as place,
from {{ ref('rated_periods') }} as periods
inner join {{ to_rate(ref('billing_periods')) }} as calendar
    on periods.contract_id = calendar.contract_id
    and periods.period_start = calendar.period_start
inner join {{ stated_limits() }} as stated
    on periods.price_book = stated.price_book
    and periods.contract_id = stated.contract_id
    and periods.period_start >= stated.starting_on
    and periods.period_start < coalesce(stated.ending_before, 'infinity'::date)
inner join {{ source('price_book', 'products') }} as products
    on periods.price_book = products.price_book
    and stated.product_id = products.product_id
inner join {{ source('price_book', 'pricing_units') }} as units
    on periods.price_book = units.price_book
    and periods.currency = units.pricing_unit
