-- one row per invoice line, final and draft
-- A view: what is final is not written again for each run.
{{ config(materialized='view') }}

with all_lines as (
    select
        lines.*,
        headers.customer_id,
        headers.contract_id,
        headers.status,
        headers.invoice_number,
        headers.issue_on,
        headers.currency,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as headers using (invoice_id)
    -- which none is in the ledger: so who asks for drafts does not read what is final
    where headers.status <> 'draft'
    union all by name
    select
        drafts.* exclude (contract_id),
        headers.customer_id,
        headers.contract_id,
        'draft' as status,
        null::varchar as invoice_number,
        headers.issue_on,
        headers.currency,
    from {{ ref('draft_lines') }} as drafts
    inner join {{ ref('draft_invoices') }} as headers using (invoice_id)
    anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
)

select
    invoice_id,
    line_number,
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
    customer_id,
    contract_id,
    status,
    invoice_number,
    issue_on,
    currency,
    nullif(flat_fee, 0) as flat_fee,
    nullif(bounds.minimum_applied, 0) as minimum_applied,
    nullif(bounds.maximum_applied, 0) as maximum_applied,
from all_lines
left join {{ ref('composite_bounds') }} as bounds using (invoice_id, line_number)
