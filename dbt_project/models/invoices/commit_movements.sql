-- one row per grant, rollover, application, expiry and true-up of a commit segment, with its balance
-- As the ledger and the drafts stand once what is due is final: whether a movement's invoice is final yet
-- is not said here, but where it is read (marts).
-- What is used before a segment's end stands before its expiry, whenever it was invoiced. What a
-- postpaid commit counts (S-37) stands on no invoice line; once its true-up is final it is one entry,
-- and what late lines draw on the true-up (S-38) stands beside what that is no longer unused of it.
{{ config(materialized='by_contract') }}

with invoice_lines as (
    select
        lines.invoice_id, lines.line_number, lines.line_type, lines.commit_id, lines.segment, lines.amount,
        invoices.issue_on,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    where invoices.status <> 'void' and lines.commit_id is not null
    union all
    select
        drafts.invoice_id, drafts.line_number, drafts.line_type, drafts.commit_id, drafts.segment, drafts.amount,
        headers.issue_on,
    from {{ to_rate(ref('draft_lines')) }} as drafts
    inner join {{ ref('draft_headers') }} as headers using (invoice_id)
    anti join {{ source('ledger', 'invoices') }} as final_invoices using (invoice_id)
    where drafts.commit_id is not null
),

applications as (
    select commit_id, segment, issue_on, invoice_id, line_number, amount
    from invoice_lines
    where line_type = 'commit_applied'
    union all
    select
        counted.commit_id, counted.segment, coalesce(finals.issue_on, headers.issue_on) as issue_on,
        coalesce(finals.invoice_id, headers.invoice_id) as invoice_id,
        null::integer as line_number, -sum(counted.counted) as amount,
    from {{ ref('counted_lines') }} as counted
    left join {{ source('ledger', 'invoices') }} as finals
        on counted.invoice_id = finals.invoice_id
        and finals.status <> 'void'
    left join {{ ref('draft_headers') }} as headers
        on counted.invoice_id is null
        and counted.contract_id = headers.contract_id
        and counted.period_start = headers.period_key
    where coalesce(finals.invoice_id, headers.invoice_id) is not null
    group by all
),

entries as (
    select
        commit_id, segment, 1 as place, 'grant' as entry_type, granted_on as entry_on,
        granted as amount, null::varchar as invoice_id, null::integer as line_number,
    from {{ to_rate(ref('commit_segments')) }}
    where rolls_over_from is null and (not is_gated or granted > 0)
    union all by name
    select
        commit_id, segment, 2 as place, 'application' as entry_type, true_up_on as entry_on,
        -counted_finalized as amount,
    from {{ ref('postpaid_counts') }}
    where true_up_invoice_id is not null and counted_finalized > 0
    union all by name
    select
        commit_id, segment, 3 as place, 'application' as entry_type, issue_on as entry_on, amount,
        invoice_id, line_number,
    from applications
    union all by name
    select
        lines.commit_id, segments.segment, 4 as place, 'true_up' as entry_type, lines.issue_on as entry_on,
        -lines.amount as amount, lines.invoice_id, lines.line_number,
    from invoice_lines as lines
    inner join {{ to_rate(ref('commit_segments')) }} as segments on lines.commit_id = segments.commit_id
    where lines.line_type = 'true_up'
    union all by name
    select
        applications.commit_id, applications.segment, 3 as place, 'true_up' as entry_type,
        applications.issue_on as entry_on, -applications.amount as amount, applications.invoice_id,
        applications.line_number,
    from applications
    inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
    where segments.type = 'postpaid' and applications.line_number is not null
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
        commit_id, segment, 5 as place, 'expiry' as entry_type,
        segments.expires_on as entry_on, -sum(entries.amount) as amount,
    from entries
    inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
    cross join {{ source('inputs', 'run') }} as run
    where run.as_of >= segments.expires_on
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
    segments.contract_id, numbered.commit_id, numbered.segment,
    numbered.entry_number, numbered.entry_type, numbered.entry_on,
    segments.pricing_unit,
    {{ to_amount('numbered.amount') }} as amount,
    {{ to_amount('sum(numbered.amount) over (
        partition by numbered.commit_id, numbered.segment order by numbered.entry_number
    )') }} as balance,
    numbered.invoice_id, numbered.line_number,
from numbered
inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
