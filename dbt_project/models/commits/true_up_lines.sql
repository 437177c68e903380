-- one row per shortfall of a postpaid commit that is to be invoiced
-- S-37, S-44: it appears on its date. Nothing missing, no line.
select
    counts.contract_id,
    counts.true_up_on,
    counts.commit_id,
    counts.product_id,
    counts.product_name,
    counts.pricing_unit,
    counts.shortfall as amount,
from {{ ref('postpaid_counts') }} as counts
cross join {{ source('inputs', 'run') }} as run
where counts.true_up_invoice_id is null
    and counts.true_up_on <= run.as_of
    and counts.shortfall > 0
