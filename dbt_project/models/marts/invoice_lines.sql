-- one row per invoice line, final and draft
-- A view: what is final is not written again for each run.
{{ config(materialized='view') }}

select
    * exclude (flat_fee, list_flat_fee, source_id),
    case when line_type = 'unit_conversion' then source_id end as converted_unit,
from {{ source('ledger', 'invoice_lines') }}
union all by name
select
    drafts.* exclude (flat_fee, list_flat_fee, source_id),
    case when drafts.line_type = 'unit_conversion' then drafts.source_id end as converted_unit,
from {{ ref('draft_lines') }} as drafts
anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
