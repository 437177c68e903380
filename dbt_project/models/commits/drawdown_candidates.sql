-- one row per line of an open invoice that balances may meet, in the order in which lines receive (S-40)
-- Of the contracts of rating.commit_eligible_lines; the lines of all others are settled as they were
-- rated. A conversion line (S-49) has its place here, one per unit and corrected invoice; its amount is
-- known when the balances of its unit have been used (commits.conversion_lines).
with open_lines as (
    select
        lines.contract_id, lines.period_start,
        coalesce(corrected.period_start, lines.period_start) as slice_period,
        corrected.period_end as corrected_period_end,
        lines.line_type, lines.product_id, lines.pricing_group, lines.service_start, lines.service_end, lines.quantity,
        lines.unit_price, lines.amount, lines.pricing_unit, lines.decimals, lines.commit_price,
        lines.corrects_invoice_id, lines.source_id, lines.line_rank,
        null::varchar as converted_unit,
    from {{ ref('commit_eligible_lines') }} as lines
    left join {{ source('ledger', 'invoices') }} as corrected on lines.corrects_invoice_id = corrected.invoice_id
    -- no balance covers a minimum, and one that is taken back is money (S-57)
    where lines.line_type <> 'minimum'
),

converted as (
    select distinct
        lines.contract_id, lines.period_start, lines.slice_period, lines.corrected_period_end,
        lines.corrects_invoice_id, lines.pricing_unit
    from open_lines as lines
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and lines.pricing_unit = units.pricing_unit
        and units.kind = 'custom'
),

lines as (
    select * exclude (corrected_period_end) from open_lines
    union all by name
    select
        converted.contract_id,
        converted.period_start,
        converted.slice_period,
        'unit_conversion' as line_type,
        '{}' as pricing_group,
        converted.slice_period as service_start,
        coalesce(converted.corrected_period_end, periods.period_end, converted.slice_period) as service_end,
        rate_cards.currency as pricing_unit,
        converted.corrects_invoice_id,
        converted.pricing_unit as converted_unit,
    from converted
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'contracts') }} as contracts
        on run.price_book = contracts.price_book
        and converted.contract_id = contracts.contract_id
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards
        on run.price_book = rate_cards.price_book
        and contracts.rate_card_id = rate_cards.rate_card_id
    left join {{ ref('open_periods') }} as periods
        on converted.contract_id = periods.contract_id
        and converted.slice_period = periods.period_start
)

select
    *,
    {{ slice_key('lines') }} as slice_key,
    row_number() over (
        partition by lines.contract_id
        order by
            lines.period_start, lines.line_type = 'unit_conversion', lines.line_rank, lines.converted_unit,
            lines.slice_period
    )::integer as line_order,
from lines
