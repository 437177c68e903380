-- one row per final period and minimum or cap whose amount there is another in the price book now
-- S-44, S-57: what is final is not worked out again. Limits are compared by what they count, so a row with a new
-- id is no difference, and neither is an amount that the period's lines reach with neither of the two.
-- A view: the marts read what has become final in the same run.
{{ config(materialized='view') }}

with finals as (
    select
        invoices.contract_id, invoices.invoice_id, invoices.period_start, invoices.currency,
        invoices.price_book as final_book, run.price_book as book_now, units.decimals,
        (invoices.period_end - invoices.period_start)::integer as days,
        (periods.full_period_end - periods.full_period_start)::integer as full_days,
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('inputs', 'run') }} as run on invoices.price_book <> run.price_book
    inner join {{ ref('billing_periods') }} as periods
        on invoices.contract_id = periods.contract_id
        and invoices.period_start = periods.period_start
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and invoices.currency = units.pricing_unit
    where invoices.invoice_type = 'usage' and invoices.status = 'finalized'
),

stated as (
    select
        finals.contract_id, finals.invoice_id, finals.period_start, finals.currency, finals.book_now,
        limits.price_book = finals.book_now as is_now,
        limits.limit_id, limits.line_type, limits.product_id, limits.applies_to_product_id, limits.applies_to_tag,
        case when limits.prorated then finals.full_days else finals.days end as charged_of_days,
        {{ prorated_amount('limits.stated_amount', '1', 'finals.days', 'charged_of_days', 'finals.decimals') }}
            as amount,
    from finals
    inner join {{ stated_limits() }} as limits
        on finals.contract_id = limits.contract_id
        and limits.price_book in (finals.final_book, finals.book_now)
        and finals.period_start >= limits.starting_on
        and finals.period_start < coalesce(limits.ending_before, 'infinity'::date)
),

compared as (
    select
        contract_id, invoice_id, period_start, currency, book_now, line_type, applies_to_product_id, applies_to_tag,
        max(limit_id) filter (not is_now) as final_limit_id,
        max(limit_id) filter (is_now) as limit_id_now,
        max(amount) filter (not is_now) as final_amount,
        max(amount) filter (is_now) as amount_now,
    from stated
    group by all
    having final_amount is distinct from amount_now
),

counted as (
    select
        compared.invoice_id, compared.line_type, compared.applies_to_product_id, compared.applies_to_tag,
        sum(lines.amount) filter (lines.line_type <> 'cap') as charged,
        coalesce(sum(lines.amount) filter (lines.line_type = 'cap'), 0) as capped,
    from compared
    inner join {{ source('ledger', 'invoice_lines') }} as lines
        on compared.invoice_id = coalesce(lines.corrects_invoice_id, lines.invoice_id)
        and compared.currency = lines.pricing_unit
        and lines.line_type in ('usage', 'late_usage', 'subscription', 'composite', 'cap')
    inner join {{ source('ledger', 'invoices') }} as carriers
        on lines.invoice_id = carriers.invoice_id
        and carriers.status = 'finalized'
    left join {{ source('price_book', 'products') }} as products
        on compared.book_now = products.price_book
        and lines.product_id = products.product_id
    where lines.line_type = 'cap'
        or ({{ counts_product('compared', 'lines.product_id', 'products.tags') }})
    group by all
)

select
    compared.contract_id,
    compared.invoice_id,
    lines.line_number,
    coalesce(compared.final_limit_id, compared.limit_id_now) as object_id,
    compared.line_type,
    compared.final_amount as invoiced,
    compared.amount_now as price_book,
    compared.line_type || ' ' || {{ plain_number('compared.final_amount') }} || ' from ' || compared.period_start
        as invoiced_terms,
    compared.line_type || ' ' || {{ plain_number('compared.amount_now') }} || ' from ' || compared.period_start
        as price_book_terms,
from compared
left join counted
    on compared.invoice_id = counted.invoice_id
    and compared.line_type = counted.line_type
    and compared.applies_to_product_id is not distinct from counted.applies_to_product_id
    and compared.applies_to_tag is not distinct from counted.applies_to_tag
left join {{ source('ledger', 'invoice_lines') }} as lines
    on compared.invoice_id = lines.invoice_id
    and compared.line_type = lines.line_type
    and compared.final_limit_id = lines.source_id
    and lines.corrects_invoice_id is null
where case compared.line_type
    when 'cap' then coalesce(counted.charged, 0) > least(compared.final_amount, compared.amount_now)
    else coalesce(counted.charged, 0) + coalesce(counted.capped, 0)
        < greatest(compared.final_amount, compared.amount_now)
end
