-- one row per invoice that is not final, with its totals
-- S-19: a total is the sum of the lines in the invoice's currency. Lines in a custom pricing unit are
-- shown in that unit and are not part of it (S-49).
{{ config(materialized='by_contract') }}

with totals as (
    select
        lines.invoice_id,
        count(*) as line_count,
        sum(
            case
                when
                    lines.line_type <> 'commit_applied' and lines.pricing_unit = headers.currency
                    then lines.amount
            end
        ) as subtotal,
        sum(
            case
                when
                    lines.line_type = 'commit_applied' and lines.pricing_unit = headers.currency
                    then lines.amount
            end
        ) as credits_applied,
    from {{ to_rate(ref('draft_lines')) }} as lines
    inner join {{ ref('draft_headers') }} as headers using (invoice_id)
    group by all
)

select
    headers.*,
    coalesce(totals.line_count, 0)::integer as line_count,
    {{ to_amount('coalesce(totals.subtotal, 0)') }} as subtotal,
    {{ to_amount('coalesce(totals.credits_applied, 0)') }} as credits_applied,
    {{ to_amount('coalesce(totals.subtotal, 0) + coalesce(totals.credits_applied, 0)') }} as total,
from {{ ref('draft_headers') }} as headers
left join totals using (invoice_id)
