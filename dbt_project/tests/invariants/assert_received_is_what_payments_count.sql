-- S-72: what was received of an invoice is the sum of what its events count, never below zero or above its
-- total; what is still owed is the rest, or nothing of a draft, a void one and one that counts as paid.
with counted as (
    select invoice_id, sum(amount_counted) as amount_counted
    from {{ ref('payment_amounts') }}
    group by all
)

select invoices.invoice_id, invoices.total, invoices.amount_received, invoices.amount_due
from {{ ref('invoices') }} as invoices
left join counted using (invoice_id)
left join {{ ref('payment_states') }} as states using (invoice_id)
where invoices.amount_received <> coalesce(counted.amount_counted, 0)
    or invoices.amount_received not between 0 and greatest(invoices.total, 0)
    or invoices.amount_due <> case
        when invoices.status <> 'finalized' or states.is_settled then 0
        else greatest(invoices.total, 0) - invoices.amount_received
    end
