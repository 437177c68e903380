-- one row per invoice line, product, pricing and presentation group, and day of service, final and draft
-- S-80: what of each line belongs to which day. All that is said of money by day begins here. Of final
-- lines the amounts are the ledger's; the days' usage is what is known of it today, late usage too, as in
-- usage_daily. A view: only months that are published anew are worked out (mart_parts.py).
{{ config(materialized='view') }}
{% set lines %}
    (
        select
            headers.status, headers.issue_on, headers.contract_id, lines.*, headers.price_book,
            lines.service_end as seen_before,
            case when lines.line_type = 'unit_conversion' then lines.source_id end as converted_unit,
        from {{ source('ledger', 'invoice_lines') }} as lines
        inner join {{ source('ledger', 'invoices') }} as headers using (invoice_id)
        -- which none is in the ledger: so who asks for drafts does not work out what is final
        where headers.status <> 'draft'
    )
{% endset %}

with parts as not materialized (
    {{ line_parts(
        lines, source('ledger', 'invoice_line_breakdowns'), source('ledger', 'commit_applications')
    ) }}
),

usage as not materialized (
    {{ usage_by_group(ref('metric_values')) }}
),

weights as not materialized (
    {{ day_weights('parts', 'usage') }}
),

final_days as (
    {{ line_days('parts', 'weights') }}
)

select
    days.*,
    headers.customer_id,
    headers.invoice_number,
    headers.currency,
from final_days as days
inner join {{ source('ledger', 'invoices') }} as headers using (invoice_id)
union all by name
select
    days.*,
    headers.customer_id,
    null::varchar as invoice_number,
    headers.currency,
from {{ ref('kept_line_days') }} as days
inner join {{ ref('draft_invoices') }} as headers using (invoice_id)
anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
where days.status = 'draft'
