-- one row per composite line, final and draft: what a minimum or maximum of its rate made up of the amount
-- S-29: what a rate's lines of a period come to beyond the percentage of their bases, one line after the
-- other as they were invoiced; so a late line has what it changes of that. The lines of a void invoice
-- count up to the void (S-50). A view: the marts read what has become final in the same run.
{{ config(materialized='view') }}

with lines as (
    select
        lines.invoice_id, lines.line_number, invoices.contract_id, lines.service_start, lines.product_id,
        lines.rate_id, lines.override_id, lines.quantity, lines.unit_price, lines.amount, lines.pricing_unit,
        lines.corrects_invoice_id is null as is_own, invoices.sequence, invoices.voided_sequence,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    where lines.line_type = 'composite'
    union all
    select
        lines.invoice_id, lines.line_number, lines.contract_id, lines.service_start, lines.product_id,
        lines.rate_id, lines.override_id, lines.quantity, lines.unit_price, lines.amount, lines.pricing_unit,
        lines.corrects_invoice_id is null as is_own, 9223372036854775807 as sequence, null as voided_sequence,
    from {{ ref('draft_lines') }} as lines
    anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
    where lines.line_type = 'composite'
),

summed as (
    select
        lines.invoice_id, lines.line_number, lines.is_own, lines.unit_price, lines.pricing_unit, lines.quantity,
        lines.amount,
        coalesce(sum(earlier.quantity), 0) as quantity_before,
        coalesce(sum(earlier.amount), 0) as amount_before,
    from lines
    left join lines as earlier
        on lines.contract_id = earlier.contract_id
        and lines.service_start = earlier.service_start
        and lines.product_id = earlier.product_id
        and lines.rate_id = earlier.rate_id
        and lines.override_id is not distinct from earlier.override_id
        and earlier.sequence < lines.sequence
        and coalesce(earlier.voided_sequence > lines.sequence, true)
    group by all
),

compared as (
    select
        summed.invoice_id, summed.line_number, summed.is_own,
        {{ to_amount(
            'amount_before - ' ~ round_to_unit(to_unrounded_amount('quantity_before * unit_price'), 'units.decimals')
        ) }} as beyond_before,
        {{ to_amount(
            'amount_before + amount - '
            ~ round_to_unit(to_unrounded_amount('(quantity_before + quantity) * unit_price'), 'units.decimals')
        ) }} as beyond,
    from summed
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and summed.pricing_unit = units.pricing_unit
)

select
    invoice_id,
    line_number,
    -- a replacement stands beside late lines whose own line is void: all of it is of the bound that holds
    {{ to_amount(
        'case when not is_own then greatest(beyond, 0) - greatest(beyond_before, 0)'
        ~ ' when beyond > 0 or (beyond = 0 and beyond_before < 0) then beyond - beyond_before else 0 end'
    ) }} as minimum_applied,
    {{ to_amount('beyond - beyond_before - minimum_applied') }} as maximum_applied,
from compared
