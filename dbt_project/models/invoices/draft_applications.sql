-- one row per line of an invoice that is not final and commit segment: what the balance pays of it (S-38)
-- Negative where it gets back.
{{ config(materialized='by_contract') }}

select
    headers.invoice_id,
    applications.line_number,
    applications.commit_id,
    applications.segment,
    applications.amount,
    applications.contract_id,
from {{ ref('line_applications') }} as applications
inner join {{ ref('draft_headers') }} as headers
    on applications.contract_id = headers.contract_id
    and applications.period_start = headers.period_key
