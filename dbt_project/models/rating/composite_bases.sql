-- one row per rated period, composite product and date on which lines begin that it is a percentage of
-- S-29: usage and subscription lines of the usage invoice, in the card's currency, of the listed
-- products or tags, before commits and before a commit's own price (S-42). A line counts once, also if
-- its product is listed twice. Of a final period what late lines add; `has_line` says whether the
-- period has a line there as it stands now, so that what is taken back whole leaves none.
with listed_products as (
    select distinct
        composites.price_book,
        composites.product_id as composite_product_id,
        products.product_id,
    from {{ source('price_book', 'composite_products') }} as composites
    inner join {{ source('price_book', 'products') }} as products
        on composites.price_book = products.price_book
        and (
            composites.applies_to_product_id = products.product_id
            or list_contains(products.tags, composites.applies_to_tag)
        )
),

compared_periods as (
    select distinct contract_id, period_start from {{ ref('charge_differences') }}
),

base_lines as (
    select
        charges.contract_id, charges.period_start, charges.product_id, charges.service_start,
        charges.pricing_unit, charges.base_amount as amount,
        compared_periods.contract_id is null as has_line,
        true as is_new,
    from {{ ref('outstanding_charges') }} as charges
    left join {{ ref('changed_groups') }} as changed using (contract_id, period_start, product_id, pricing_group)
    left join compared_periods using (contract_id, period_start)
    where not charges.is_late or changed.contract_id is not null
    union all by name
    select contract_id, period_start, product_id, service_start, pricing_unit, amount, true as has_line, true as is_new,
    from {{ ref('subscription_lines') }}
    where not is_scheduled
    union all by name
    select
        contract_id, period_start, product_id, slice_start as service_start, pricing_unit,
        {{ to_amount('0') }} as amount, true as has_line, false as is_new,
    from {{ ref('usage_charges') }}
    semi join compared_periods using (contract_id, period_start)
    where charged_quantity <> 0 or fee <> 0
    union all by name
    select
        periods.contract_id, periods.period_start, lines.product_id, lines.service_start, lines.pricing_unit,
        {{ to_amount('0') }} as amount, true as has_line, false as is_new,
    from {{ ref('rated_periods') }} as periods
    inner join {{ source('ledger', 'invoice_lines') }} as lines
        on periods.corrects_invoice_id = lines.invoice_id
        and lines.line_type = 'subscription'
)

select
    periods.price_book,
    periods.contract_id,
    periods.period_start,
    periods.period_end,
    sold.product_id,
    base_lines.service_start,
    {{ to_amount('sum(base_lines.amount)') }} as amount,
    bool_or(base_lines.has_line) as has_line,
from {{ ref('rated_periods') }} as periods
inner join {{ ref('sold_products') }} as sold
    on periods.price_book = sold.price_book
    and periods.rate_card_id = sold.rate_card_id
    and sold.product_type = 'composite'
inner join listed_products
    on sold.price_book = listed_products.price_book
    and sold.product_id = listed_products.composite_product_id
inner join base_lines
    on periods.contract_id = base_lines.contract_id
    and periods.period_start = base_lines.period_start
    and listed_products.product_id = base_lines.product_id
    and periods.currency = base_lines.pricing_unit
group by
    periods.price_book, periods.contract_id, periods.period_start, periods.period_end, sold.product_id,
    base_lines.service_start
-- a final period without new lines of these products stays as it is
qualify bool_or(bool_or(base_lines.is_new)) over (
        partition by periods.contract_id, periods.period_start, sold.product_id
    )
