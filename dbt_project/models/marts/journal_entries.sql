-- one row per entry of the journal and side: a debit and a credit of the same amount (S-81, S-82)
-- A view: which invoices are final, and which months closed, is said as it is read.
{{ config(materialized='view') }}

with sides as (
    select
        *,
        unnest([
            struct_pack(role := debit_role, account := debit_account, name := debit_name, signed := amount),
            struct_pack(role := credit_role, account := credit_account, name := credit_name, signed := -amount)
        ]) as line,
    from {{ ref('journal') }}
)

select
    sides.entry_id,
    sides.month,
    sides.entry_on,
    sides.entry_type,
    sides.is_reversal,
    sides.line.role as account_role,
    sides.line.account,
    sides.line.name as account_name,
    -- never below zero: what is taken back is on the other side
    {{ to_amount('greatest(sides.line.signed, 0)') }} as debit,
    {{ to_amount('greatest(-sides.line.signed, 0)') }} as credit,
    sides.currency,
    sides.customer_id,
    sides.contract_id,
    sides.invoice_id,
    invoices.invoice_number,
    sides.product_id,
    sides.commit_id,
    sides.service_month,
    sides.service_from,
    sides.service_to,
    sides.corrects_month,
    closed.month is not null as is_closed,
from sides
left join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
left join {{ source('inputs', 'closed_months') }} as closed on sides.month = closed.month
