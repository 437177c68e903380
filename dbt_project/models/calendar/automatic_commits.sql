-- one row per commit that a threshold has bought and whose purchase is not void, as the ledger has it (S-58)
{{ config(materialized='view') }}

select
    invoices.contract_id,
    invoices.currency as pricing_unit,
    automatic.*,
from {{ source('ledger', 'automatic_commits') }} as automatic
inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
where invoices.status = 'finalized'
