-- S-83: by contract, month and currency debits are credits, and billed + unbilled - deferred is the revenue to
-- date. An entry has both sides by its making; this is of the lines that are published, closed ones too.
with entries as (
    select * from {{ to_rate(ref('journal_entries')) }}
),

totals as (
    select
        contract_id, currency, month,
        sum(debit - credit) as difference,
        sum(debit - credit) filter (where account_role = 'receivable') as billed,
        sum(debit - credit) filter (where account_role = 'unbilled_receivable') as unbilled,
        sum(credit - debit) filter (where account_role = 'deferred_revenue') as deferred,
        sum(credit - debit) filter (where account_role in ('revenue', 'breakage')) as revenue,
        count(*) filter (where (debit = 0) = (credit = 0)) as one_sided,
    from entries
    group by all
)

select *
from totals
where difference <> 0
    or one_sided > 0
    or coalesce(billed, 0) + coalesce(unbilled, 0) - coalesce(deferred, 0) <> coalesce(revenue, 0)
