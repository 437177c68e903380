-- one row per grant, rollover, application, expiry and true-up of a commit segment, with its balance
-- What is used before a segment's end stands before its expiry, whenever it was invoiced. What a
-- postpaid commit counts (S-37) stands on no invoice line; once its true-up is final it is one entry,
-- and what late lines draw on the true-up (S-38) stands beside what that is no longer unused of it.
with applications as (
    select commit_id, segment, invoice_id, line_number, amount
    from {{ ref('invoice_lines') }}
    where line_type = 'commit_applied'
    union all
    select
        counted.commit_id, counted.segment, coalesce(counted.invoice_id, headers.invoice_id) as invoice_id,
        null::integer as line_number, -sum(counted.counted) as amount,
    from {{ ref('counted_lines') }} as counted
    left join {{ ref('draft_headers') }} as headers
        on counted.invoice_id is null
        and counted.contract_id = headers.contract_id
        and counted.period_start = headers.period_key
    group by all
),

entries as (
    select
        commit_id, segment, 1 as place, 'grant' as entry_type, starting_on as entry_on,
        granted as amount, null::varchar as invoice_id, null::integer as line_number,
    from {{ ref('commit_segments') }}
    where rolls_over_from is null
    union all by name
    select
        commit_id, segment, 2 as place, 'application' as entry_type, true_up_on as entry_on,
        -counted_finalized as amount,
    from {{ ref('postpaid_counts') }}
    where true_up_invoice_id is not null and counted_finalized > 0
    union all by name
    select
        applications.commit_id, applications.segment, 3 as place, 'application' as entry_type,
        invoices.issue_on as entry_on,
        applications.amount,
        applications.invoice_id,
        applications.line_number,
    from applications
    inner join {{ ref('invoices') }} as invoices using (invoice_id)
    where invoices.status <> 'void'
    union all by name
    select
        lines.commit_id,
        segments.segment,
        4 as place,
        'true_up' as entry_type,
        invoices.issue_on as entry_on,
        -lines.amount as amount, lines.invoice_id, lines.line_number,
    from {{ ref('invoice_lines') }} as lines
    inner join {{ ref('invoices') }} as invoices using (invoice_id)
    inner join {{ ref('commit_segments') }} as segments on lines.commit_id = segments.commit_id
    where lines.line_type = 'true_up' and invoices.status <> 'void'
    union all by name
    select
        applications.commit_id, applications.segment, 3 as place, 'true_up' as entry_type,
        invoices.issue_on as entry_on, -applications.amount as amount, applications.invoice_id,
        applications.line_number,
    from applications
    inner join {{ ref('invoices') }} as invoices using (invoice_id)
    inner join {{ ref('commit_segments') }} as segments using (commit_id, segment)
    where segments.type = 'postpaid' and applications.line_number is not null and invoices.status <> 'void'
    union all by name
    select commit_id, segment, 1 as place, 'rollover' as entry_type, rolled_on as entry_on, amount
    from {{ ref('rollovers') }}
    union all by name
    select
        commit_id, from_segment as segment, 4 as place, 'rollover' as entry_type,
        rolled_on as entry_on, -amount as amount,
    from {{ ref('rollovers') }}
),

expiries as (
    select
        commit_id,
        segment,
        5 as place,
        'expiry' as entry_type,
        segments.ending_before as entry_on,
        -sum(entries.amount) as amount,
    from entries
    inner join {{ ref('commit_segments') }} as segments using (commit_id, segment)
    cross join {{ source('inputs', 'run') }} as run
    where run.as_of >= segments.ending_before
    group by all
    having sum(entries.amount) > 0
),

numbered as (
    select
        *,
        row_number() over (
            partition by commit_id, segment order by place, entry_on, invoice_id, line_number, amount desc
        )::integer as entry_number,
    from (select * from entries union all by name select * from expiries)
)

select
    segments.contract_id,
    numbered.commit_id,
    numbered.segment,
    numbered.entry_number,
    numbered.entry_type,
    numbered.entry_on,
    segments.pricing_unit,
    {{ to_amount('numbered.amount') }} as amount,
    {{ to_amount('sum(numbered.amount) over (
        partition by numbered.commit_id, numbered.segment order by numbered.entry_number
    )') }} as balance,
    numbered.invoice_id,
    invoices.invoice_number,
    invoices.status as invoice_status,
    numbered.line_number,
from numbered
inner join {{ ref('commit_segments') }} as segments using (commit_id, segment)
left join {{ ref('invoices') }} as invoices using (invoice_id)
