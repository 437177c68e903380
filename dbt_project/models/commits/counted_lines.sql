-- one row per line, on final and open invoices, and postpaid commit that counts some of it (S-37)
-- Of commits at work; what one had counted when its true-up became final is in the ledger.
{{ config(materialized='view') }}

select
    counts.commit_id,
    counts.segment,
    lines.* exclude (countable),
    counts.counted,
from {{ ref('counting_passes') }} as counts
inner join {{ ref('countable_lines') }} as lines using (contract_id, line_order)
