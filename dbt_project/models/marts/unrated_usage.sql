-- one row per contract, product, pricing group, period and reason: usage that is metered, not billed
-- S-23: open periods as they stand; final ones as they stood when they became final, plus what came
-- late.
{{ config(materialized='by_contract') }}

with recorded as (
    select
        unrated.contract_id,
        unrated.product_id,
        unrated.period_start,
        unrated.pricing_group,
        unrated.quantity,
        unrated.reason
    from {{ to_rate(source('ledger', 'unrated_usage')) }} as unrated
    inner join {{ source('ledger', 'invoices') }} as invoices
        on unrated.invoice_id = invoices.invoice_id
        and invoices.status = 'finalized'
),

drafted as (
    select
        drafts.contract_id,
        drafts.product_id,
        drafts.period_start,
        drafts.pricing_group,
        drafts.quantity,
        drafts.reason
    from {{ ref('unrated_slices') }} as drafts
    inner join {{ ref('draft_headers') }} as headers
        on drafts.contract_id = headers.contract_id
        and drafts.carried_on = headers.period_key
    anti join {{ source('ledger', 'invoices') }} as final_invoices
        on headers.invoice_id = final_invoices.invoice_id
)

select
    contract_id,
    product_id,
    period_start,
    pricing_group,
    {{ to_quantity('sum(quantity)') }} as quantity,
    reason,
from (select * from recorded union all select * from drafted)
group by contract_id, product_id, period_start, pricing_group, reason
having sum(quantity) <> 0
