-- one row per line that balances may meet, in the order in which lines receive (S-40)
-- Of contracts that have commits or lines in a custom unit; the lines of all others are settled as they
-- were rated. Open invoices, and final ones of contracts with a postpaid commit that still counts: the
-- ledger has what a balance gave to a final invoice, not to each of its lines, so that is worked out
-- again, with just that much to give (`invoice_scope`). A conversion line of an open invoice (S-49) has
-- its place here; its amount is known when the balances of its unit have been used
-- (commits.conversion_lines).
with custom_units as (
    select distinct lines.contract_id, lines.period_start, lines.pricing_unit
    from {{ ref('commit_eligible_lines') }} as lines
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and lines.pricing_unit = units.pricing_unit
        and units.kind = 'custom'
),

receivers as (
    select contract_id from {{ ref('commit_terms') }}
    union
    select contract_id from custom_units
),

open_lines as (
    select
        contract_id, period_start, line_type, product_id, pricing_group, service_start, service_end,
        quantity, unit_price, amount, pricing_unit, decimals, commit_price, corrects_invoice_id, line_rank,
    from {{ ref('commit_eligible_lines') }}
    semi join receivers using (contract_id)
),

lines as (
    select *, 'open' as invoice_scope, null::varchar as converted_unit
    from open_lines
    union all by name
    select
        custom_units.contract_id,
        custom_units.period_start,
        'open' as invoice_scope,
        'unit_conversion' as line_type,
        '{}' as pricing_group,
        custom_units.period_start as service_start,
        coalesce(periods.period_end, custom_units.period_start) as service_end,
        rate_cards.currency as pricing_unit,
        custom_units.pricing_unit as converted_unit,
    from custom_units
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'contracts') }} as contracts
        on run.price_book = contracts.price_book
        and custom_units.contract_id = contracts.contract_id
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards
        on run.price_book = rate_cards.price_book
        and contracts.rate_card_id = rate_cards.rate_card_id
    left join {{ ref('open_periods') }} as periods
        on custom_units.contract_id = periods.contract_id
        and custom_units.period_start = periods.period_start
    union all by name
    select * from {{ ref('final_lines') }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by contract_id
            order by
                period_start, invoice_scope = 'open', invoice_scope,
                line_type = 'unit_conversion', line_rank, converted_unit
        )::integer as line_order,
        case when line_type = 'unit_conversion' then line_order end as apart,
    from lines
)

select
    * exclude (apart),
    {{ to_amount(
        'greatest(least('
        'amount, amount + coalesce(sum(greatest(amount, 0)) over later_lines, 0) '
        '- sum(greatest(-amount, 0)) over whole_group'
        '), 0)'
    ) }} as coverable,
from ordered
window
    whole_group as (
        partition by
            contract_id, invoice_scope, period_start, product_id, pricing_group, pricing_unit,
            corrects_invoice_id, apart
    ),
    later_lines as (
        partition by
            contract_id, invoice_scope, period_start, product_id, pricing_group, pricing_unit,
            corrects_invoice_id, apart
        order by line_order desc
        rows between unbounded preceding and 1 preceding
    )
