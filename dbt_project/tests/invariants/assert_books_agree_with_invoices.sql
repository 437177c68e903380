-- S-83: the journal says of each contract what invoices and balances say: receivables are the totals of what is
-- final or due, unbilled is what open invoices come to so far, and what a commit earned is what is gone of its
-- balance. The last where a price is held as it was paid and earned as it is used (the defaults), and
-- neither of days to come that a balance pays already: there cents of the last month may lie otherwise.
with journal as (
    select * from {{ to_rate(ref('journal')) }}
),

invoices as (
    select contract_id, currency, invoice_id, total, true as is_final
    from {{ to_rate(source('ledger', 'invoices')) }}
    where status = 'finalized'
    union all
    select contract_id, currency, invoice_id, total, is_due as is_final
    from {{ to_rate(ref('draft_invoices')) }}
    anti join {{ source('ledger', 'invoices') }} as finals using (invoice_id)
),

days as (
    select drafts.*, invoices.currency, drafts.service_on > run.as_of::date as is_to_come
    from {{ to_rate(ref('kept_line_days')) }} as drafts
    inner join invoices using (invoice_id)
    cross join {{ source('inputs', 'run') }} as run
    where not invoices.is_final
),

paid_ahead as (
    select contract_id from days where is_to_come and paid_by_balances <> 0
),

commits as (
    select pools.contract_id, pools.currency, pools.commit_id, pools.granted - sum(movements.amount) as used
    from {{ ref('recognition_pools') }} as pools
    inner join {{ to_rate(ref('commit_movements')) }} as movements using (contract_id, commit_id)
    where pools.pool_id = pools.commit_id
        and pools.price = pools.granted
        and pools.pricing_unit = pools.currency
        and pools.keep = 10000
        and pools.commit_id not in (
            select commit_id from {{ to_rate(ref('commit_segments')) }} where is_gated
        )
    group by pools.contract_id, pools.currency, pools.commit_id, pools.granted
),

both_sides as (
    select 'receivable' as what, contract_id, currency, amount from journal where debit_role = 'receivable'
    union all
    select 'receivable', contract_id, currency, -total from invoices where is_final
    union all
    select
        'unbilled', contract_id, currency,
        case when debit_role = 'unbilled_receivable' then amount else -amount end,
    from journal
    where 'unbilled_receivable' in (debit_role, credit_role) and contract_id not in (from paid_ahead)
    union all
    select 'unbilled', contract_id, currency, paid_by_balances - amount
    from days
    where pricing_unit = currency and not is_to_come and contract_id not in (from paid_ahead)
    union all
    select 'commit ' || journal.commit_id, journal.contract_id, journal.currency, journal.amount
    from journal
    semi join commits using (commit_id)
    where journal.entry_type in ('drawdown', 'breakage') and journal.contract_id not in (from paid_ahead)
    union all
    select 'commit ' || commit_id, contract_id, currency, -used
    from commits
    where contract_id not in (from paid_ahead)
)

select what, contract_id, currency, sum(amount) as difference
from both_sides
group by all
having sum(amount) <> 0
