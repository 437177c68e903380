-- one row per invoice line, final and draft
-- A view: what is final is not written again for each run.
{{ config(materialized='view') }}

with all_lines as (
    select * from {{ source('ledger', 'invoice_lines') }}
    union all by name
    select drafts.*
    from {{ ref('draft_lines') }} as drafts
    anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
)

select
    lines.invoice_id,
    lines.line_number,
    line_type,
    product_id,
    product_name,
    metric,
    metric_version,
    pricing_group,
    tier,
    service_start,
    service_end,
    quantity,
    unit_price,
    list_unit_price,
    amount,
    list_amount,
    pricing_unit,
    case when line_type = 'unit_conversion' then source_id end as converted_unit,
    rate_id,
    override_id,
    commit_id,
    segment,
    corrects_invoice_id,
    headers.customer_id,
    headers.contract_id,
    headers.status,
    headers.invoice_number,
    headers.issue_on,
    headers.currency,
    nullif(flat_fee, 0) as flat_fee,
    nullif(bounds.minimum_applied, 0) as minimum_applied,
    nullif(bounds.maximum_applied, 0) as maximum_applied,
from all_lines as lines
inner join {{ ref('invoices') }} as headers using (invoice_id)
left join {{ ref('composite_bounds') }} as bounds using (invoice_id, line_number)
