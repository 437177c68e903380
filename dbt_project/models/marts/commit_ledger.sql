-- one row per grant, rollover, application, expiry and true-up of a commit segment, with its balance
-- A view, like all that says which invoices are final: it is checked before finalization, read after it.
{{ config(materialized='view') }}

select
    movements.contract_id,
    movements.commit_id,
    movements.segment,
    movements.entry_number,
    movements.entry_type,
    movements.entry_on,
    movements.pricing_unit,
    movements.amount,
    movements.balance,
    movements.invoice_id,
    invoices.invoice_number,
    invoices.status as invoice_status,
    movements.line_number,
from {{ ref('commit_movements') }} as movements
left join {{ ref('invoices') }} as invoices using (invoice_id)
