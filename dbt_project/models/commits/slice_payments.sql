-- one row per slice and commit segment that has paid for it, on final invoices: what is left of that
-- S-38: less what has gone back. What a postpaid commit had counted when its true-up became final is paid
-- for by that (S-37).
with counted as (
    select true_ups.contract_id, counted.*, counted.period_start as slice_period,
    from {{ source('ledger', 'counted_slices') }} as counted
    inner join {{ ref('final_true_ups') }} as true_ups
        on counted.invoice_id = true_ups.invoice_id
        and counted.commit_id = true_ups.commit_id
),

payments as (
    select lines.contract_id, lines.slice_key, applications.commit_id, applications.segment, applications.amount
    from {{ ref('final_lines') }} as lines
    inner join {{ ref('final_applications') }} as applications using (invoice_id, line_number)
    union all
    select contract_id, {{ slice_key('counted') }} as slice_key, commit_id, segment, amount
    from counted
)

select
    payments.contract_id,
    payments.slice_key,
    payments.commit_id,
    payments.segment,
    segments.burn_order,
    segments.type = 'postpaid' as is_postpaid,
    {{ to_amount('sum(payments.amount)') }} as amount,
from payments
inner join {{ ref('standing_segments') }} as segments using (commit_id, segment)
group by all
having sum(payments.amount) <> 0
