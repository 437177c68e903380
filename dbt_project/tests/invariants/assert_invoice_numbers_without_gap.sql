-- S-45: numbers run from 1 without a gap, each once, over the ledger and what becomes final now.
with numbers as (
    select {{ number_of_invoice('invoice_number') }} as number
    from {{ source('ledger', 'invoices') }}
    where invoice_number is not null
    union all
    select {{ number_of_invoice('invoice_number') }} as number
    from {{ ref('due_invoices') }}
    where invoice_number is not null
)

select count(*) as numbers, count(distinct number) as distinct_numbers, max(number) as last_number
from numbers
having count(*) <> count(distinct number) or count(*) <> coalesce(max(number), 0)
