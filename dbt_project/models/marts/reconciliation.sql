-- one row per contract, usage product and period: what was metered, and where all of it went
-- S-48: the running value of all groups equals what is billed, billed late, unrated and not entitled.
-- `billed` is on the period's own invoice, `late_billed` on invoices that came after it (S-43) or
-- that carry late lines of a void one (S-50). Open periods: V from the metrics; final ones: the last
-- running value that the ledger or a draft of late usage records of each group.
{{ config(materialized='by_contract') }}

with records as (
    select
        slices.* exclude (invoice_id),
        invoices.sequence as recorded_in,
        invoices.invoice_type = 'usage' and invoices.period_start = slices.period_start as is_own,
    from {{ to_rate(source('ledger', 'usage_slices')) }} as slices
    inner join {{ source('ledger', 'invoices') }} as invoices
        on slices.invoice_id = invoices.invoice_id
        and invoices.status = 'finalized'
    union all by name
    select
        drafts.* exclude (carried_on),
        9223372036854775807::bigint as recorded_in,
        headers.invoice_type = 'usage' and headers.period_start = drafts.period_start as is_own,
    from {{ to_rate(ref('slice_records')) }} as drafts
    inner join {{ ref('draft_headers') }} as headers
        on drafts.contract_id = headers.contract_id
        and drafts.carried_on = headers.period_key
    anti join {{ source('ledger', 'invoices') }} as final_invoices on headers.invoice_id = final_invoices.invoice_id
),

groups as (
    select
        contract_id, product_id, period_start, pricing_group,
        -- by slice, then by record: one number is compared faster than two in a row
        arg_max(running_value, epoch_us(service_start)::hugeint * 9223372036854775808 + recorded_in)
            as running_value,
        sum(case when outcome = 'billed' and is_own then raw_quantity end) as billed,
        sum(case when outcome = 'billed' and not is_own then raw_quantity end) as late_billed,
        sum(case when outcome = 'no_rate' then raw_quantity end) as unrated,
        sum(case when outcome = 'not_entitled' then raw_quantity end) as not_entitled,
    from records
    group by all
),

products as (
    select
        contract_id, product_id, period_start,
        {{ to_quantity('sum(running_value)') }} as running_value,
        {{ to_quantity('coalesce(sum(billed), 0)') }} as billed,
        {{ to_quantity('coalesce(sum(late_billed), 0)') }} as late_billed,
        {{ to_quantity('coalesce(sum(unrated), 0)') }} as unrated,
        {{ to_quantity('coalesce(sum(not_entitled), 0)') }} as not_entitled,
    from groups
    group by all
),

open_periods as (
    select metered.contract_id, metered.product_id, metered.period_start, metered.running_value
    from {{ ref('product_cumulative_usage') }} as metered
    inner join {{ ref('open_periods') }} as open_periods using (contract_id, period_start)
)

select
    coalesce(open_periods.contract_id, products.contract_id) as contract_id,
    coalesce(open_periods.product_id, products.product_id) as product_id,
    coalesce(open_periods.period_start, products.period_start) as period_start,
    {{ to_quantity('coalesce(open_periods.running_value, products.running_value)') }} as running_value,
    {{ to_quantity('coalesce(products.billed, 0)') }} as billed,
    {{ to_quantity('coalesce(products.late_billed, 0)') }} as late_billed,
    {{ to_quantity('coalesce(products.unrated, 0)') }} as unrated,
    {{ to_quantity('coalesce(products.not_entitled, 0)') }} as not_entitled,
    {{ to_quantity(
        'coalesce(open_periods.running_value, products.running_value) - coalesce(products.billed, 0)'
        ~ ' - coalesce(products.late_billed, 0) - coalesce(products.unrated, 0) - coalesce(products.not_entitled, 0)'
    ) }} as difference,
from products
full outer join open_periods using (contract_id, product_id, period_start)
