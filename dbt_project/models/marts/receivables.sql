-- one row per final invoice that is not paid in full: what is due, and for how long (S-72, S-81)
{{ config(materialized='view') }}

select
    invoices.customer_id,
    invoices.customer_name,
    invoices.contract_id,
    invoices.invoice_id,
    invoices.invoice_number,
    invoices.currency,
    invoices.issue_on,
    invoices.due_on,
    invoices.total,
    invoices.amount_received,
    invoices.amount_due,
    (run.as_of::date - invoices.due_on)::integer as days_overdue,
    case
        when days_overdue <= 0 then 'not due'
        when days_overdue <= 30 then '1-30'
        when days_overdue <= 60 then '31-60'
        when days_overdue <= 90 then '61-90'
        else 'over 90'
    end as age,
from {{ ref('invoices') }} as invoices
cross join {{ source('inputs', 'run') }} as run
where invoices.status = 'finalized' and invoices.amount_due <> 0
