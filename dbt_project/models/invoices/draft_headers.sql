-- one row per invoice that is not final: what it is for, before its lines
-- `period_key` names the lines of rating that it carries: the period's start, for an invoice of late
-- usage alone its date (S-43).
with usage_headers as (
    -- S-43: a draft from the period's first day. S-50: after a void, `.r2` and on.
    select
        {{ with_revision("periods.contract_id || '.usage.' || periods.period_start", '(voided.times + 1)') }}
            as invoice_id,
        'usage' as invoice_type,
        periods.price_book,
        periods.customer_id,
        periods.contract_id,
        periods.currency,
        periods.net_payment_days,
        periods.period_start as period_key,
        periods.period_start,
        periods.period_end,
        periods.period_end as issue_on,
        periods.finalizes_at,
    from {{ ref('open_periods') }} as periods
    left join (
        select contract_id, period_start, count(*) as times
        from {{ source('ledger', 'invoices') }}
        where invoice_type = 'usage' and status = 'void'
        group by all
    ) as voided using (contract_id, period_start)
),

late_headers as (
    -- S-43: dated when nothing more can arrive, without further grace; only with something to carry
    select
        carriers.own_invoice_id as invoice_id,
        'late_usage' as invoice_type,
        carriers.price_book,
        carriers.customer_id,
        carriers.contract_id,
        carriers.currency,
        carriers.net_payment_days,
        carriers.carried_on as period_key,
        null::date as period_start,
        null::date as period_end,
        carriers.carried_on as issue_on,
        carriers.carried_on::timestamptz as finalizes_at,
    from {{ ref('late_carriers') }} as carriers
    semi join {{ ref('changed_groups') }} as changed
        on carriers.contract_id = changed.contract_id
        and carriers.carried_on = changed.carried_on
    where carriers.is_own_invoice
),

headers as (
    select * from usage_headers
    union all
    select * from late_headers
    union all by name
    select * from {{ ref('scheduled_headers') }}
)

select
    headers.* exclude (net_payment_days),
    customers.name as customer_name,
    (headers.issue_on + headers.net_payment_days)::date as due_on,
    run.as_of >= headers.finalizes_at as is_due,
from headers
cross join {{ source('inputs', 'run') }} as run
inner join {{ source('price_book', 'customers') }} as customers
    on headers.price_book = customers.price_book
    and headers.customer_id = customers.customer_id
