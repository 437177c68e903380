-- one row per open invoice and custom pricing unit with something left to pay in money
-- S-49: what balances of the unit leave of its lines, at the rate in force on the period's last day,
-- rounded to the currency's minor unit. An invoice of late usage has its date for the period.
with passed as (
    select contract_id, line_order, arg_max(remaining, burn_rank) as remaining
    from {{ ref('custom_unit_drawdowns') }}
    group by all
),

left_over as (
    select
        lines.contract_id,
        lines.period_start,
        lines.pricing_unit as converted_unit,
        sum(lines.amount - lines.coverable + coalesce(passed.remaining, lines.coverable)) as quantity,
    from {{ ref('drawdown_candidates') }} as lines
    left join passed using (contract_id, line_order)
    where lines.invoice_scope = 'open' and lines.converted_unit is null
    group by all
    having quantity <> 0
),

conversions as (
    select
        lines.contract_id,
        lines.period_start,
        lines.line_order,
        lines.converted_unit,
        lines.service_start,
        lines.service_end,
        lines.pricing_unit,
        contracts.price_book,
        contracts.rate_card_id,
        left_over.quantity,
        greatest(lines.service_end - 1, lines.service_start)::date as converted_on,
    from {{ ref('drawdown_candidates') }} as lines
    inner join left_over using (contract_id, period_start, converted_unit)
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'contracts') }} as contracts
        on run.price_book = contracts.price_book
        and lines.contract_id = contracts.contract_id
)

select
    conversions.contract_id,
    conversions.period_start,
    conversions.line_order,
    conversions.converted_unit,
    conversions.service_start,
    conversions.service_end,
    conversions.pricing_unit,
    units.decimals,
    {{ to_quantity('conversions.quantity') }} as quantity,
    rates.price as unit_price,
    {{ round_to_unit(to_unrounded_amount('conversions.quantity * rates.price'), 'units.decimals') }} as amount,
from conversions
inner join {{ source('price_book', 'pricing_units') }} as units
    on conversions.price_book = units.price_book
    and conversions.pricing_unit = units.pricing_unit
asof inner join {{ source('price_book', 'pricing_unit_conversions') }} as rates
    on conversions.price_book = rates.price_book
    and conversions.rate_card_id = rates.rate_card_id
    and conversions.converted_unit = rates.pricing_unit
    and conversions.converted_on >= rates.starting_on
