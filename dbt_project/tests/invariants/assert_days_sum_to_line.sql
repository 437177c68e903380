-- S-80: the days of each draft line add up to its amount, and what balances paid on them to its coverage.
with days as (
    select invoice_id, line_number, sum(amount) as amount, sum(paid_by_balances) as paid
    from {{ to_rate(ref('kept_line_days')) }}
    where status = 'draft'
    group by all
),

covered as (
    select invoice_id, line_number, sum(amount) as paid
    from {{ to_rate(ref('draft_applications')) }}
    group by all
)

select
    coalesce(lines.invoice_id, days.invoice_id) as invoice_id,
    coalesce(lines.line_number, days.line_number) as line_number,
    lines.amount,
    days.amount as amount_of_days,
    covered.paid,
    days.paid as paid_on_days,
from (
    select * from {{ to_rate(ref('draft_lines')) }} where line_type <> 'commit_applied'
) as lines
full outer join days using (invoice_id, line_number)
left join covered using (invoice_id, line_number)
where lines.invoice_id is null
    or lines.amount <> coalesce(days.amount, 0)
    or coalesce(covered.paid, 0) <> coalesce(days.paid, 0)
