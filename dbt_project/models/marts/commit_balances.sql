-- one row per commit segment: granted = applied + expired + remaining, in the commit's pricing unit
-- S-41. Applied on final invoices, and on drafts as they stand; for a postpaid commit what is counted
-- against it (S-37). Unused balance expires at the segment's end, though late lines may draw on it
-- (S-38). What rolls over into another segment is granted there, and expired here. A true-up ends a
-- postpaid commit, also before its end, where the contract ends first: what it invoices is expired.
-- One that waits for its payment grants nothing before it, and when the money goes back the rest expires
-- (S-73). A view: whether what is applied is final yet is said as it is read.
{{ config(materialized='view') }}

with applied as (
    select
        commit_id,
        segment,
        sum(amount) filter (where amount > 0 and entry_type in ('grant', 'rollover')) as granted,
        sum(-amount) filter (
            where entry_type = 'application' and invoice_status is distinct from 'draft'
        ) as on_final_invoices,
        sum(-amount) filter (
            where entry_type = 'application' and invoice_status = 'draft'
        ) as on_drafts,
        bool_or(entry_type = 'true_up') as is_trued_up,
    from {{ ref('commit_ledger') }}
    group by all
),

left_over as (
    select
        segments.* exclude (granted),
        gates.payment,
        gates.purchase_invoice_id,
        gates.paid_on,
        gates.serves_from,
        coalesce(applied.granted, 0) as granted,
        coalesce(applied.on_final_invoices, 0) as on_final_invoices,
        coalesce(applied.on_drafts, 0) as on_drafts,
        coalesce(applied.granted, 0)
        - coalesce(applied.on_final_invoices, 0)
        - coalesce(applied.on_drafts, 0) as unused,
        run.as_of >= segments.expires_on or coalesce(applied.is_trued_up, false) as has_ended,
    from {{ ref('commit_segments') }} as segments
    cross join {{ source('inputs', 'run') }} as run
    left join applied using (commit_id, segment)
    left join {{ ref('gate_states') }} as gates using (commit_id, segment)
)

select
    commit_id,
    contract_id,
    segment,
    type,
    pricing_unit,
    starting_on,
    ending_before,
    {{ to_amount('granted') }} as granted,
    {{ to_amount('on_final_invoices') }} as applied_finalized,
    {{ to_amount('on_drafts') }} as applied_draft,
    {{ to_amount('case when has_ended then unused else 0 end') }} as expired,
    {{ to_amount('case when has_ended then 0 else unused end') }} as remaining,
    case when is_gated then coalesce(payment, 'waiting for payment') end as payment,
    purchase_invoice_id,
    paid_on,
    serves_from,
from left_over
