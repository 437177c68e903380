-- one row per subscription line of an invoice that is or was final
-- Which subscription a line is of, its `source_id` says. Lines in arrears have one since this release;
-- of those before, the subscription of the contract that sells the product is taken (the first by id).
-- What is given back of one (S-35a) is a line of it too, with a quantity below zero.
-- A view: the marts read what has become final in the same run.
{{ config(materialized='view') }}

with named as (
    select contract_id, product_id, min(subscription_id) as subscription_id
    from {{ source('price_book', 'subscriptions') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    group by all
)

select
    invoices.invoice_id,
    lines.line_number,
    invoices.sequence,
    invoices.contract_id,
    coalesce(lines.source_id, named.subscription_id) as subscription_id,
    invoices.status = 'void' as is_void,
    invoices.invoice_type = 'scheduled' as is_scheduled,
    lines.quantity < 0 as is_refund,
    invoices.price_book,
    lines.product_id,
    lines.product_name,
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
from {{ source('ledger', 'invoice_lines') }} as lines
inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
left join named
    on lines.source_id is null
    and invoices.contract_id = named.contract_id
    and lines.product_id = named.product_id
where lines.line_type = 'subscription'
