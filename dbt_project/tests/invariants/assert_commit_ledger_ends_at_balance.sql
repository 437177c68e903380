-- S-41: the running balance of the commit ledger ends at what is remaining, never below zero. In between it
-- may be, where the replacement of a void invoice (S-50) uses what a later invoice gave back (S-38).
with last_entries as (
    select commit_id, segment, balance
    from {{ to_rate(ref('commit_ledger')) }}
    qualify row_number() over (partition by commit_id, segment order by entry_number desc) = 1
)

select balances.commit_id, balances.segment, balances.remaining, last_entries.balance
from {{ to_rate(ref('commit_balances')) }} as balances
left join last_entries using (commit_id, segment)
where coalesce(last_entries.balance, 0) <> balances.remaining
    or last_entries.balance < 0
