-- one row per slice on final invoices, late lines included: what is charged and what is paid for it
-- S-38. A cap takes off before it gives back: balances paid for what it gave back, so it counts as charged
-- until it is taken off again (S-57). `paid` has what a final true-up has counted, `paid_by_balances` has not.
with charges as (
    select contract_id, slice_key, sum(amount) as amount, bool_or(line_type = 'cap') as is_cap
    from {{ ref('final_lines') }}
    group by all
),

payments as (
    select
        contract_id, slice_key,
        sum(amount) as amount,
        sum(amount) filter (where not is_postpaid) as by_balances,
    from {{ ref('slice_payments') }}
    group by all
)

select
    contract_id,
    slice_key,
    {{ to_amount(
        'case when charges.is_cap then greatest(coalesce(payments.amount, 0), charges.amount)'
        ~ ' else coalesce(charges.amount, 0) end'
    ) }} as charged,
    {{ to_amount('coalesce(payments.amount, 0)') }} as paid,
    {{ to_amount('coalesce(payments.by_balances, 0)') }} as paid_by_balances,
from charges
full outer join payments using (contract_id, slice_key)
