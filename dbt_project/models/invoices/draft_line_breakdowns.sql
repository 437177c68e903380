-- one row per usage line of an invoice that is not final and presentation group: whose part it is
-- S-20: in proportion to raw quantities, in minor units (amount) and in 10^-10 parts (quantity), by
-- the largest-remainder method, so both add up to the line. Nothing used: all to the first group. By
-- the line as it is printed, because a commit at its own rate splits lines (S-42).
{{ config(materialized='by_contract') }}

with shares as (
    select
        lines.invoice_id,
        lines.line_number,
        headers.contract_id,
        units.decimals,
        groups.presentation_group,
        {{ to_scaled('groups.raw_quantity') }} as raw_part,
        sum(raw_part) over whole_line as raw_total,
        row_number() over (whole_line order by groups.presentation_group) as group_number,
        {{ to_minor('lines.amount', 'units.decimals') }} as amount_total,
        {{ to_scaled('lines.quantity') }} as quantity_total,
    from {{ to_rate(ref('draft_lines')) }} as lines
    inner join {{ ref('draft_headers') }} as headers using (invoice_id)
    inner join {{ source('price_book', 'pricing_units') }} as units
        on headers.price_book = units.price_book
        and lines.pricing_unit = units.pricing_unit
    inner join {{ ref('slice_presentations') }} as groups
        on headers.contract_id = groups.contract_id
        and headers.period_key = groups.period_start
        and lines.product_id = groups.product_id
        and lines.pricing_group = groups.pricing_group
        and lines.service_start = groups.slice_start
    where lines.line_type = 'usage'
    window whole_line as (partition by lines.invoice_id, lines.line_number)
),

weighed as (
    select
        *,
        case when raw_total = 0 then 1::hugeint else abs(raw_total)::hugeint end as whole,
        case
            when raw_total = 0 then (group_number = 1)::integer::hugeint
            else (raw_part * sign(raw_total))::hugeint
        end as part,
    from shares
),

divided as (
    select *
    from {{ with_proportional_share(
        with_proportional_share('weighed', 'amount', 'amount_total', 'part', 'whole'),
        'quantity', 'quantity_total', 'part', 'whole'
    ) }}
),

handed_out as (
    select
        *,
        {{ handed_out('amount', 'amount_total', 'whole_line', 'presentation_group') }} as amount_minor,
        {{ handed_out('quantity', 'quantity_total', 'whole_line', 'presentation_group') }} as quantity_scaled,
    from divided
    window whole_line as (partition by invoice_id, line_number)
)

select
    invoice_id,
    line_number,
    presentation_group,
    {{ from_scaled('quantity_scaled') }} as quantity,
    {{ minor_as_amount('amount_minor') }} as amount,
    contract_id,
from handed_out
