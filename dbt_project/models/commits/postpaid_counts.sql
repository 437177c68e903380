-- one row per postpaid commit: what counts against it, and the date of its true-up
-- S-37: the last invoice date or, if later, the end of the billing period that holds the last day on
-- which both access and contract run; null while that period has not begun. A commit whose true-up is
-- final counts what the true-up left.
with last_invoices as (
    select commit_id, max(invoice_on) as invoice_on
    from {{ source('price_book', 'commit_invoices') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    group by all
),

counted as (
    select
        commit_id,
        sum(counted) filter (where invoice_id is not null) as on_final_invoices,
        sum(counted) filter (where invoice_id is null) as on_drafts,
    from {{ ref('counted_lines') }}
    group by all
),

committed as (
    select
        segments.*,
        last_invoices.invoice_on,
        least(segments.ending_before, contracts.ending_before) - 1 as last_day,
        last_day < greatest(segments.starting_on, contracts.starting_on) as is_outside_contract,
    from {{ to_rate(ref('commit_segments')) }} as segments
    inner join {{ source('price_book', 'contracts') }} as contracts using (price_book, contract_id)
    left join last_invoices using (commit_id)
    where segments.type = 'postpaid'
)

select
    committed.commit_id,
    committed.segment,
    committed.contract_id,
    committed.product_id,
    committed.product_name,
    committed.pricing_unit,
    committed.granted,
    true_ups.invoice_id as true_up_invoice_id,
    case
        when true_ups.issue_on is not null then true_ups.issue_on
        when committed.is_outside_contract then committed.invoice_on
        when periods.period_end is not null then greatest(periods.period_end, committed.invoice_on)
    end as true_up_on,
    {{ to_amount('case
        when true_ups.invoice_id is not null then greatest(committed.granted - true_ups.amount, 0)
        else coalesce(counted.on_final_invoices, 0)
    end') }} as counted_finalized,
    {{ to_amount(
        'case when true_ups.invoice_id is null then coalesce(counted.on_drafts, 0) else 0 end'
    ) }} as counted_draft,
    (committed.granted - counted_finalized - counted_draft)::decimal(20, 4) as shortfall,
from committed
left join {{ ref('final_true_ups') }} as true_ups using (commit_id)
left join {{ to_rate(ref('billing_periods')) }} as periods
    on committed.contract_id = periods.contract_id
    and committed.last_day >= periods.period_start
    and committed.last_day < periods.period_end
left join counted using (commit_id)
