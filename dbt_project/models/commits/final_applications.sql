-- one row per line of a final invoice and commit segment: what the balance paid of it (S-38)
-- As the ledger keeps it; of documents of earlier releases as it is worked out again.
{{ config(materialized='view') }}

select invoice_id, line_number, commit_id, segment, amount
from {{ source('ledger', 'commit_applications') }}
union all
select invoice_id, line_number, commit_id, segment, amount
from {{ ref('legacy_drawdowns') }}
