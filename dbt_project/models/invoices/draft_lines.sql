-- one row per line of an invoice that is not final, numbered in the order of S-40
-- Usage invoices with what balances cover of them, scheduled invoices with commit purchases, and
-- true-ups. The lines of a contract that balances never meet stand as they were rated.
{{ config(materialized='by_contract') }}

with usage_invoice_lines as (
    select * from {{ ref('usage_invoice_lines') }}
    union all by name
    select
        * exclude (decimals, commit_price),
        row_number() over (
            partition by contract_id, period_start order by {{ line_order_in_period() }}
        )::integer as line_order,
    from {{ ref('rated_lines') }}
    anti join {{ ref('commit_eligible_lines') }} using (contract_id)
)

select
    headers.invoice_id,
    lines.line_type,
    lines.product_id,
    lines.product_name,
    lines.metric,
    lines.metric_version,
    lines.pricing_group,
    lines.tier,
    lines.service_start,
    lines.service_end,
    lines.quantity,
    lines.unit_price,
    lines.list_unit_price,
    lines.amount,
    lines.list_amount,
    lines.flat_fee,
    lines.list_flat_fee,
    lines.pricing_unit,
    lines.rate_id,
    lines.override_id,
    lines.commit_id,
    lines.segment,
    lines.corrects_invoice_id,
    lines.source_id,
    lines.line_order as line_number,
    headers.contract_id,
from usage_invoice_lines as lines
inner join {{ ref('draft_headers') }} as headers
    on lines.contract_id = headers.contract_id
    and lines.period_start = headers.period_key
union all by name
select
    headers.invoice_id,
    lines.line_type,
    lines.product_id,
    lines.product_name,
    '{}' as pricing_group,
    lines.service_start,
    lines.service_end,
    lines.quantity,
    lines.unit_price,
    lines.list_unit_price,
    lines.amount,
    lines.list_amount,
    lines.pricing_unit,
    lines.rate_id,
    lines.override_id,
    lines.commit_id,
    lines.source_id,
    row_number() over (
        partition by headers.invoice_id
        order by
            case lines.line_type when 'subscription' then 1 when 'scheduled' then 2 else 3 end,
            -- a purchase's price is its amount, also where that stands as a quantity
            case lines.line_type when 'commit_purchase' then lines.amount end desc,
            lines.unit_price desc,
            lines.product_name,
            lines.product_id,
            lines.service_end,
            lines.source_id,
            lines.quantity,
            lines.service_start,
            lines.charged_from, lines.charged_invoice_id, lines.charged_line_number
    )::integer as line_number,
    headers.contract_id,
from {{ ref('scheduled_lines') }} as lines
inner join {{ ref('scheduled_headers') }} as headers
    on lines.contract_id = headers.contract_id
    and lines.scheduled_on = headers.issue_on
    and headers.invoice_type = 'scheduled'
union all by name
select
    headers.invoice_id,
    'true_up' as line_type,
    lines.product_id,
    lines.product_name,
    '{}' as pricing_group,
    lines.true_up_on as service_start,
    lines.true_up_on as service_end,
    {{ amount_as_quantity('lines.amount') }} as quantity,
    {{ amount_as_unit_price('lines.amount') }} as unit_price,
    {{ amount_as_unit_price('lines.amount') }} as list_unit_price,
    lines.amount,
    lines.amount as list_amount,
    lines.pricing_unit,
    lines.commit_id,
    row_number() over (partition by headers.invoice_id order by lines.commit_id)::integer
        as line_number,
    headers.contract_id,
from {{ ref('true_up_lines') }} as lines
inner join {{ ref('scheduled_headers') }} as headers
    on lines.contract_id = headers.contract_id
    and lines.true_up_on = headers.issue_on
    and headers.invoice_type = 'true_up'
