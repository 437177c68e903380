-- one row per entry of the journal, a debit and a credit of one amount: closed months as they were closed
-- S-82: what is known now of a closed month and differs from what is posted of it is posted in the first
-- open month, and says which month it corrects. An amount below zero is the other way round.
{{ config(materialized='by_contract') }}
{% set key = 'contract_id, entry_type, is_reversal, invoice_id, product_id, commit_id, service_month, currency' %}

with closed as (
    select * from {{ to_rate(source('inputs', 'closed_entries')) }}
),

last_closed as (
    select coalesce(max(month), date '0001-01-01') as month from {{ source('inputs', 'closed_months') }}
),

known as (
    select
        {{ key }}, month as of_month, min(entry_on) as entry_on,
        min(service_from) as service_from, max(service_to) as service_to, sum(amount) as amount,
    from {{ ref('booked_amounts') }}
    group by all
    union all
    select
        {{ key }}, coalesce(corrects_month, month) as of_month, null::date as entry_on,
        min(service_from) as service_from, max(service_to) as service_to, -sum(amount) as amount,
    from closed
    group by all
),

due as (
    select
        {{ key }}, of_month,
        greatest(of_month, last_closed.month + interval 1 month)::date as month,
        case when of_month <= last_closed.month then of_month end as corrects_month,
        min(service_from) as service_from, max(service_to) as service_to, min(entry_on) as entry_on,
        sum(amount) as amount,
    from known
    cross join last_closed
    group by all
    having sum(amount) <> 0
),

entries as (
    select
        * exclude (of_month),
        case
            when entry_on >= month then entry_on
            when service_to >= month then service_to
            else month
        end as posted_on,
    from due
),

roles as (
    {{ account_roles() }}
),

posted as (
    select
        entries.* exclude (entry_on, posted_on),
        least(entries.posted_on, last_day(entries.month)) as entry_on,
        kinds.debit_role, kinds.credit_role,
        debits.account as debit_account, debits.name as debit_name,
        coalesce(products.revenue_account, credits.account) as credit_account,
        case when products.revenue_account is null then credits.name else credits.name || ': ' || products.name end
            as credit_name,
        customers.customer_id,
    from entries
    inner join {{ entry_roles() }} as kinds (entry_type, debit_role, credit_role) using (entry_type)
    inner join roles as debits on kinds.debit_role = debits.role
    inner join roles as credits on kinds.credit_role = credits.role
    cross join {{ source('inputs', 'run') }} as run
    left join {{ source('price_book', 'products') }} as products
        on run.price_book = products.price_book
        and entries.product_id = products.product_id
        and kinds.credit_role in ('revenue', 'breakage')
    inner join (
        select contract_id, customer_id
        from (
            select contract_id, customer_id, 1 as place
            from {{ to_rate(source('price_book', 'contracts')) }}
            semi join {{ source('inputs', 'run') }} as run using (price_book)
            union all
            select contract_id, customer_id, 2 as place from {{ to_rate(source('ledger', 'invoices')) }}
        )
        qualify row_number() over (partition by contract_id order by place, customer_id) = 1
    ) as customers on entries.contract_id = customers.contract_id
)
{% set said = key ~ ', month, corrects_month, entry_on, service_from, service_to, customer_id'
    ~ ', debit_role, debit_account, debit_name, credit_role, credit_account, credit_name' %}

select
    left(sha256(concat_ws('|', month, coalesce(corrects_month::varchar, ''), contract_id, entry_type, is_reversal,
        coalesce(invoice_id, ''), coalesce(product_id, ''), coalesce(commit_id, ''),
        coalesce(service_month::varchar, ''), currency)), 16) as entry_id,
    {{ said }},
    {{ to_amount('amount') }} as amount,
from posted
union all by name
select entry_id, {{ said }}, amount,
from closed
