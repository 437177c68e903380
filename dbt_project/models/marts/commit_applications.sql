-- one row per invoice line and commit segment: what the balance paid of the line, final and draft (S-38)
-- Negative where it got back. Final invoices of earlier releases do not have it.
{{ config(materialized='view') }}

select * from {{ source('ledger', 'commit_applications') }}
union all by name
select drafts.* exclude (contract_id)
from {{ ref('draft_applications') }} as drafts
anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
