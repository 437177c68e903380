-- one row per contract, currency, source and month in which what recurs each month is another amount
-- Subscriptions, as they are on invoices and drafts: quantity × unit price of those whose service has the
-- month's last day (in the month that runs: today), of a period of the contract's billing frequency, by the
-- month. Commitments: what a segment in force on that day grants, by the months of its term. Not usage, not
-- credits, not what rolled over, a threshold bought or is in a custom unit.
{{ config(materialized='by_contract') }}

with lines as (
    select
        invoices.contract_id, invoices.currency, lines.service_start, lines.service_end, lines.quantity,
        lines.unit_price,
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ to_rate(source('ledger', 'invoices')) }} as invoices using (invoice_id)
    where lines.line_type = 'subscription' and invoices.status = 'finalized'
        and lines.pricing_unit = invoices.currency
    union all
    select
        headers.contract_id, headers.currency, lines.service_start, lines.service_end, lines.quantity,
        lines.unit_price,
    from {{ to_rate(ref('draft_lines')) }} as lines
    inner join {{ ref('draft_headers') }} as headers using (invoice_id)
    anti join {{ source('ledger', 'invoices') }} as finals using (invoice_id)
    where lines.line_type = 'subscription' and lines.pricing_unit = headers.currency
),

terms as (
    select
        lines.contract_id,
        lines.currency,
        'subscription' as source,
        lines.service_start as starting_on,
        lines.service_end as ending_before,
        {{ to_quantity('lines.quantity * lines.unit_price') }} as amount,
        {{ to_quantity(
            "case contracts.billing_frequency when 'weekly' then 52 when 'monthly' then 12"
            " when 'every_two_months' then 6 when 'quarterly' then 4 when 'semiannual' then 2 else 1 end"
        ) }} as times_a_year,
        {{ to_quantity('12') }} as months,
    from lines
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ to_rate(source('price_book', 'contracts')) }} as contracts
        on lines.contract_id = contracts.contract_id and run.price_book = contracts.price_book
    union all
    select
        contract_id,
        currency,
        'commitment' as source,
        starting_on,
        ending_before,
        {{ to_quantity('granted') }} as amount,
        1 as times_a_year,
        case
            when starting_on + to_months(datediff('month', starting_on, ending_before)::integer) = ending_before
                then {{ to_quantity("datediff('month', starting_on, ending_before)") }}
            else {{ exact_divide('(ending_before - starting_on) * 12', '365') }}
        end as months,
    from {{ to_rate(ref('commit_segments')) }}
    where type in ('prepaid', 'postpaid') and not is_free and not is_automatic and not is_custom_unit
        and pricing_unit = currency and rolls_over_from is null
),

months as (
    select terms.*, unnest(generate_series(
        date_trunc('month', starting_on), least(ending_before - 1, run.as_of::date), interval 1 month
    ))::date as month, run.as_of::date as today,
    from terms
    cross join {{ source('inputs', 'run') }} as run
    where starting_on <= run.as_of::date and ending_before > starting_on
),

standing as (
    select
        contract_id, currency, source, month, today,
        {{ to_amount('sum(' ~ exact_divide('amount * times_a_year', 'months') ~ ')') }} as amount,
    from months
    where starting_on <= least(last_day(month), today) and ending_before > least(last_day(month), today)
    group by all
),

-- with the month after, in which nothing recurs any more
followed as (
    select * from standing
    union all
    select contract_id, currency, source, (month + interval 1 month)::date as month, today, 0 as amount,
    from standing
    where month + interval 1 month <= today
),

by_month as (
    select contract_id, currency, source, month, {{ to_amount('sum(amount)') }} as amount,
    from followed
    group by all
)

select
    contract_id,
    currency,
    source,
    month,
    {{ to_amount('amount - coalesce(lag(amount) over same_source, 0)') }} as change,
from by_month
window same_source as (partition by contract_id, currency, source order by month)
qualify change <> 0
