-- one row per open invoice, corrected invoice and custom pricing unit with something to pay in money
-- S-49: what balances of the unit leave of its lines, at the rate in force on the period's last day,
-- rounded to the currency's minor unit. Late lines apart, at the rate of their own period in the price
-- book that made it final (S-43).
with passed as (
    select contract_id, line_order, arg_max(remaining, burn_rank) as remaining
    from {{ ref('custom_unit_drawdowns') }}
    group by all
),

left_over as (
    select contract_id, period_start, slice_period, converted_unit, sum(quantity) as quantity
    from (
        select
            lines.contract_id, lines.period_start, lines.slice_period, lines.pricing_unit as converted_unit,
            lines.amount - lines.coverable + coalesce(passed.remaining, lines.coverable) as quantity,
        from {{ ref('coverable_lines') }} as lines
        left join passed using (contract_id, line_order)
        where lines.converted_unit is null
        union all
        select lines.contract_id, lines.period_start, lines.slice_period, lines.pricing_unit, back.amount
        from {{ ref('slice_returns') }} as back
        inner join (
            select distinct contract_id, slice_key, period_start, slice_period, pricing_unit
            from {{ ref('drawdown_candidates') }}
        ) as lines using (contract_id, slice_key)
    )
    group by all
    having sum(quantity) <> 0
),

-- Not by coalesce() over a left join: with an empty ledger DuckDB 2.0 then finds no row at all.
books as (
    select invoice_id, price_book from {{ source('ledger', 'invoices') }}
    union all
    select null::varchar as invoice_id, price_book from {{ source('inputs', 'run') }}
),

conversions as (
    select
        lines.*,
        contracts.price_book,
        contracts.rate_card_id,
        left_over.quantity as left_quantity,
        greatest(lines.service_end - 1, lines.service_start)::date as converted_on,
    from {{ ref('drawdown_candidates') }} as lines
    inner join left_over using (contract_id, period_start, slice_period, converted_unit)
    inner join books on lines.corrects_invoice_id is not distinct from books.invoice_id
    inner join {{ source('price_book', 'contracts') }} as contracts
        on books.price_book = contracts.price_book
        and lines.contract_id = contracts.contract_id
),

priced as (
    select
        conversions.* exclude (decimals),
        units.decimals,
        rates.price,
        {{ round_to_unit(to_unrounded_amount('conversions.left_quantity * rates.price'), 'units.decimals') }}
            as converted_amount,
    from conversions
    inner join {{ source('price_book', 'pricing_units') }} as units
        on conversions.price_book = units.price_book
        and conversions.pricing_unit = units.pricing_unit
    asof inner join {{ source('price_book', 'pricing_unit_conversions') }} as rates
        on conversions.price_book = rates.price_book
        and conversions.rate_card_id = rates.rate_card_id
        and conversions.converted_unit = rates.pricing_unit
        and conversions.converted_on >= rates.starting_on
)

select
    priced.contract_id,
    priced.period_start,
    priced.slice_key,
    priced.line_order,
    priced.converted_unit,
    priced.corrects_invoice_id,
    priced.service_start,
    priced.service_end,
    priced.pricing_unit,
    priced.decimals,
    {{ to_quantity('priced.left_quantity') }} as quantity,
    priced.price as unit_price,
    priced.converted_amount as amount,
    -- never more than is then charged for the conversion and not paid yet (S-38)
    {{ to_amount('greatest(
        least(priced.converted_amount, priced.converted_amount - coalesce(slices.paid - slices.charged, 0)), 0
    )') }} as coverable,
from priced
left join {{ ref('final_slices') }} as slices using (contract_id, slice_key)
