-- one row per invoice line, product, pricing and presentation group, and day of service, final and draft
-- S-80. A view: what is final is not written again for each run.
{{ config(materialized='view') }}

select
    customer_id,
    contract_id,
    service_on,
    invoice_id,
    line_number,
    line_type,
    product_id,
    product_name,
    pricing_group,
    presentation_group,
    pricing_unit,
    amount,
    paid_by_balances,
    currency,
    status,
    invoice_number,
    issue_on,
from {{ ref('line_days') }}
