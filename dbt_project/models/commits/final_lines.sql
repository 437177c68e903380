-- one row per charged line of a final invoice of a contract whose balances may still be touched by it
-- Where a postpaid commit counts, where late lines or negative amounts are open, or an invoice is void.
-- Ledgers of earlier releases do not say what unit a conversion is of: the units of the invoice in
-- their order, as its conversions stand.
with touched as (
    select contract_id from {{ ref('commit_terms') }} where type = 'postpaid'
    union
    select contract_id
    from {{ ref('commit_eligible_lines') }}
    where corrects_invoice_id is not null or amount < 0
    union
    select contract_id from {{ source('ledger', 'invoices') }} where status = 'void'
),

lines as (
    select
        invoices.contract_id,
        coalesce(invoices.period_start, invoices.issue_on) as period_start,
        coalesce(corrected.period_start, invoices.period_start, invoices.issue_on) as slice_period,
        invoices.sequence,
        coalesce(corrected.price_book, invoices.price_book) as price_book,
        lines.*,
        case
            when lines.line_type = 'unit_conversion'
                then coalesce(lines.source_id, list_sort(list_distinct(
                    list(lines.pricing_unit) filter (lines.pricing_unit <> invoices.currency)
                        over (partition by lines.invoice_id)
                ))[row_number() over (
                    partition by lines.invoice_id, lines.line_type order by lines.line_number
                )])
        end as converted_unit,
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id)
    semi join touched on invoices.contract_id = touched.contract_id
    semi join {{ ref('commit_terms') }} as terms on invoices.contract_id = terms.contract_id
    left join {{ source('ledger', 'invoices') }} as corrected on lines.corrects_invoice_id = corrected.invoice_id
    where invoices.status = 'finalized'
        and invoices.invoice_type in ('usage', 'late_usage')
        and lines.line_type not in ('commit_applied', 'minimum')
)

select
    lines.contract_id, lines.invoice_id, lines.sequence, lines.line_number, lines.line_type, lines.price_book,
    lines.source_id, lines.period_start, lines.slice_period,
    {{ slice_key('lines') }} as slice_key,
    lines.product_id, lines.converted_unit, lines.pricing_group, lines.pricing_unit, lines.service_start,
    lines.service_end, lines.amount,
from lines
