-- one row per commit segment and day of service on which it gave something
-- Coverage is per line (on final invoices of earlier releases per invoice): it is spread evenly over the
-- days of service that it covers, to 4 decimals; what went back (S-38) is taken off these days. Usage of an
-- open slice is of the days so far; a subscription is charged ahead of its days and belongs to all of them,
-- or the first days of a period would look dear.
with given as (
    select
        coverage.commit_id, coverage.segment, coverage.service_start, coverage.service_end, coverage.covered as amount,
        lines.line_type = 'subscription' as is_known_ahead,
    from {{ ref('drawdowns') }} as coverage
    inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
    union all
    select commit_id, segment, service_start, service_end, counted as amount, false as is_known_ahead,
    from {{ ref('counted_lines') }}
    union all
    select
        applications.commit_id, applications.segment, lines.service_start, lines.service_end, applications.amount,
        lines.line_type = 'subscription' as is_known_ahead,
    from {{ source('ledger', 'commit_applications') }} as applications
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id, line_number)
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    where invoices.status = 'finalized'
    union all
    select
        lines.commit_id, lines.segment, lines.service_start, lines.service_end, -lines.amount as amount,
        false as is_known_ahead,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    anti join {{ source('ledger', 'commit_applications') }} as recorded on lines.invoice_id = recorded.invoice_id
    where lines.line_type = 'commit_applied' and invoices.status = 'finalized'
),

stretches as (
    select
        given.commit_id,
        given.segment,
        least(segments.ending_before, run.as_of::date + 1) as seen_before,
        -- service inside the access; what lies outside (invoices of late usage) on the nearest day
        greatest(least(given.service_start, seen_before - 1), segments.starting_on) as first_day,
        least(given.service_end, case when given.is_known_ahead then segments.ending_before else seen_before end)
            as last_before,
        greatest(last_before - first_day, 1)::integer as days,
        (sum(given.amount) * 10000)::hugeint as minor_amount,
    from given
    inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
    cross join {{ source('inputs', 'run') }} as run
    group by all
)

select
    commit_id,
    segment,
    first_day + day_number::integer as burned_on,
    {{ to_amount(
        'sum(minor_amount * (day_number + 1) // days - minor_amount * day_number // days)::decimal(38, 0) * 0.0001'
    ) }} as amount,
from (select *, unnest(range(days)) as day_number from stretches)
group by all
