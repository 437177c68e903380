-- one row per commit that a threshold buys in this run, on the invoice of its purchase (S-58)
-- What the ledger keeps of it: later runs have it from there.
{{ config(materialized='view') }}

select
    lines.invoice_id,
    reached.commit_id,
    reached.threshold_id,
    reached.kind,
    reached.product_id,
    reached.product_name,
    reached.amount,
    reached.starting_on,
    reached.ending_before,
    reached.threshold_amount,
    reached.found_amount,
from {{ ref('reached_thresholds') }} as reached
inner join {{ ref('draft_lines') }} as lines
    on reached.commit_id = lines.commit_id
    and lines.line_type = 'commit_purchase'
