-- one row per contract, month, kind of entry, invoice, product and commit: what books should say, as known now
-- S-81, without regard to which months are closed. A void takes back in its month what its invoice had
-- booked by then.
{{ config(materialized='view') }}

with invoices as (
    select *, date_trunc('month', voided_on)::date as void_month from {{ ref('booked_invoices') }}
),

-- S-81: what is asked for ahead of its days is owed to the customer, what was earned before is no longer unbilled
billed as (
    select
        invoices.contract_id,
        date_trunc('month', invoices.booked_on)::date as month,
        case
            when lines.line_type = 'commit_purchase' then 'purchase'
            when {{ is_in_advance() }} then 'subscription_invoice'
            else 'invoice'
        end as entry_type,
        invoices.invoice_id,
        case when entry_type = 'purchase' then lines.product_id end as product_id,
        case when entry_type = 'purchase' then lines.commit_id end as commit_id,
        null::date as service_month,
        invoices.currency,
        invoices.booked_on as entry_on,
        min(lines.service_start) as service_from,
        max(greatest(lines.service_start, lines.service_end - 1)) as service_to,
        {{ to_amount('sum(lines.amount)') }} as amount,
    from {{ ref('booked_lines') }} as lines
    inner join invoices using (invoice_id)
    where invoices.is_final and lines.pricing_unit = invoices.currency
    group by all
),

earned as (
    select
        earned.contract_id,
        earned.month,
        case when {{ is_in_advance('earned') }} then 'subscription' else 'usage' end as entry_type,
        earned.invoice_id,
        earned.product_id,
        null::varchar as commit_id,
        earned.service_month,
        invoices.currency,
        null::date as entry_on,
        min(earned.service_from) as service_from,
        max(earned.service_to) as service_to,
        {{ to_amount('sum(earned.amount)') }} as amount,
    from {{ to_rate(ref('earned_months')) }} as earned
    inner join invoices using (invoice_id)
    where earned.paid_by is null
        and earned.pricing_unit = invoices.currency
        and earned.month <= coalesce(invoices.void_month, earned.month)
    group by all
),

booked as (
    select * from billed
    union all
    select * from earned
)

select *, false as is_reversal,
from booked
where amount <> 0
union all by name
select
    booked.* replace (
        greatest(booked.month, invoices.void_month) as month,
        greatest(booked.entry_on, invoices.voided_on) as entry_on,
        -booked.amount as amount
    ),
    true as is_reversal,
from booked
inner join invoices using (invoice_id)
where invoices.void_month is not null and booked.amount <> 0
union all by name
select
    contract_id, month, entry_type, is_reversal, invoice_id, product_id, commit_id, service_month, currency,
    service_from, service_to, amount,
from {{ ref('drawn_revenue') }}
where amount <> 0
