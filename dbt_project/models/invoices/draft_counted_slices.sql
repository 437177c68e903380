-- one row per true-up that is not final and slice that its commit counts: what that stays paid for (S-38)
{{ config(materialized='view') }}

select
    lines.invoice_id,
    counted.commit_id,
    counted.segment,
    counted.slice_period as period_start,
    counted.product_id,
    counted.pricing_group,
    counted.pricing_unit,
    counted.service_start,
    counted.converted_unit,
    {{ to_amount('sum(counted.counted)') }} as amount,
from {{ ref('draft_lines') }} as lines
inner join {{ ref('counted_lines') }} as counted using (commit_id)
where lines.line_type = 'true_up'
group by all
