-- one row per invoice line and presentation group, final and draft (S-20)
{{ config(materialized='view') }}

select * from {{ source('ledger', 'invoice_line_breakdowns') }}
union all by name
select drafts.* exclude (contract_id)
from {{ ref('draft_line_breakdowns') }} as drafts
anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
