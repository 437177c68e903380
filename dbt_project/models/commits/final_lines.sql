-- one row per line of a final invoice that a postpaid commit may still count
-- In the order in which the lines received when they were rated (S-40): a re-priced part (S-42) stands
-- where its line stood, at the price that the rate had before, in the price book that it was rated with.
with counting as (
    select distinct contract_id
    from {{ ref('commit_terms') }}
    anti join {{ ref('final_true_ups') }} using (commit_id)
    where type = 'postpaid'
),

lines as (
    select
        invoices.contract_id,
        coalesce(invoices.period_start, invoices.issue_on) as period_start,
        invoices.invoice_id as invoice_scope,
        coalesce(corrected.price_book, invoices.price_book) as price_book,
        lines.* exclude (invoice_id),
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id)
    semi join counting on invoices.contract_id = counting.contract_id
    left join {{ source('ledger', 'invoices') }} as corrected on lines.corrects_invoice_id = corrected.invoice_id
    where invoices.status = 'finalized'
        and invoices.invoice_type in ('usage', 'late_usage')
        and lines.line_type <> 'commit_applied'
        and lines.pricing_unit = invoices.currency
),

rated as (
    select
        lines.*,
        case
            when rates.rate_id is null or overrides.override_type = 'overwrite' then lines.unit_price
            else {{ to_unit_price('round(rates.price * coalesce(overrides.multiplier, 1), 10)') }}
        end as rated_price,
    from lines
    left join {{ source('price_book', 'rates') }} as rates
        on lines.price_book = rates.price_book
        and lines.rate_id = rates.rate_id
        and rates.commit_price is not null
    left join {{ source('price_book', 'contract_overrides') }} as overrides
        on lines.price_book = overrides.price_book
        and lines.override_id = overrides.override_id
)

select
    contract_id, period_start, invoice_scope, line_type, product_id, pricing_group, service_start, service_end,
    quantity, unit_price, amount, pricing_unit, corrects_invoice_id,
    row_number() over (
        partition by invoice_scope
        order by
            service_start,
            case line_type when 'usage' then 1 when 'late_usage' then 1 when 'subscription' then 2 else 3 end,
            rated_price desc, product_name, pricing_group, tier, product_id, service_end, rate_id, override_id,
            corrects_invoice_id, line_number
    )::integer as line_rank,
from rated
