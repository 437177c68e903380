-- one row per invoice line, product, month of service and what paid it (a commit, or null: money)
-- S-80, S-81: what was earned in each month up to the run's day, final and draft, as the days of spend_daily
-- add up. A balance pays of each month in proportion; rounded where months add up, so that they come to what
-- the ledger says it paid of the line, and what is left to the invoice.
{{ config(materialized='by_contract') }}

with run as (
    select price_book, as_of::date as seen from {{ source('inputs', 'run') }}
),

lines as (
    select
        lines.*,
        invoices.known_from,
        case when lines.corrects_invoice_id is not null then invoices.late_known_from end as late_known_from,
        coalesce(units.decimals, 4) as decimals,
    from {{ ref('booked_lines') }} as lines
    inner join {{ ref('booked_invoices') }} as invoices using (invoice_id)
    cross join run
    left join {{ source('price_book', 'pricing_units') }} as units using (price_book, pricing_unit)
    where lines.line_type <> 'commit_purchase'
),

applications as (
    select invoice_id, line_number, commit_id, sum(amount) as amount from ({{ applications_of_lines() }}) group by all
    union all
    -- Coverage of earlier releases does not say of which lines it is: it stands alone, and earns nothing.
    select invoice_id, line_number, commit_id, -amount
    from lines
    where line_type = 'commit_applied'
        and invoice_id not in (select invoice_id from ({{ applications_of_lines() }}))
),

terms as (
    -- S-81: a true-up is of the last day of its term, whenever it is invoiced
    select segments.commit_id, least(segments.ending_before, contracts.ending_before) - 1 as last_on
    from {{ to_rate(ref('commit_segments')) }} as segments
    inner join {{ ref('active_contracts') }} as contracts using (contract_id)
    where segments.type = 'postpaid'
),

-- final lines whose days are all worth the same
even as (
    select
        lines.invoice_id, lines.line_number, lines.product_id,
        case
            when lines.line_type = 'commit_applied' then 0 else {{ to_minor('lines.amount', 'lines.decimals') }}
        end as minor,
        coalesce(terms.last_on, lines.service_start) as first_on,
        coalesce(terms.last_on, greatest(lines.service_end - 1, lines.service_start)) as last_on,
    from lines
    left join terms on lines.line_type = 'true_up' and lines.commit_id = terms.commit_id
    where (lines.line_type <> 'commit_applied' or (lines.invoice_id, lines.line_number) in (
            select (invoice_id, line_number) from applications
        ))
        and lines.invoice_id not in (
            select invoice_id from {{ to_rate(ref('kept_line_days')) }}
        )
),

even_months as (
    {{ months_of_even('even', '(select seen from run)') }}
),

months as (
    select invoice_id, line_number, product_id, first_on, last_on, minor from even_months
    union all
    select
        days.invoice_id, days.line_number, days.product_id,
        coalesce(terms.last_on, greatest(lines.service_start, date_trunc('month', days.service_on))::date) as first_on,
        coalesce(terms.last_on, least(
            greatest(lines.service_end - 1, lines.service_start), last_day(days.service_on), run.seen
        )) as last_on,
        sum({{ to_minor('days.amount', 'lines.decimals') }})::hugeint as minor,
    from {{ to_rate(ref('kept_line_days')) }} as days
    inner join lines using (invoice_id, line_number)
    cross join run
    left join terms on days.line_type = 'true_up' and lines.commit_id = terms.commit_id
    where days.service_on <= run.seen
    group by all
),

summed as materialized (
    select
        lines.contract_id, months.invoice_id, months.line_number, lines.line_type, months.product_id,
        lines.pricing_unit, lines.decimals,
        date_trunc('month', months.first_on)::date as service_month,
        greatest(
            service_month, date_trunc('month', lines.known_from), date_trunc('month', lines.late_known_from)
        )::date as month,
        months.first_on as service_from, months.last_on as service_to, months.minor,
        case when lines.line_type = 'commit_applied' then 0 else {{ to_minor('lines.amount', 'lines.decimals') }} end
            as line_minor,
        (sum(months.minor) over so_far)::hugeint as minor_so_far,
        row_number() over so_far = count(*) over (partition by months.invoice_id, months.line_number) as is_last,
    from months
    inner join lines using (invoice_id, line_number)
    window so_far as (
        partition by months.invoice_id, months.line_number order by months.first_on, months.product_id
    )
)

{{ paid_and_left('summed', 'applications') }}
