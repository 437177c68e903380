-- one row per contract with late periods: the invoice that carries its late usage
-- S-43: the earliest open usage invoice; without one, an invoice of its own type, dated 35 days after
-- the contract's end, and after that one is final a further one, dated the run's date. `carried_on`
-- is the period's start, or that date: the period that the lines are ordered and covered by.
with contracts_with_late_usage as (
    select distinct contract_id from {{ ref('late_periods') }}
),

earliest_open as (
    select contract_id, min(period_start) as period_start
    from {{ ref('open_periods') }}
    group by all
),

earlier_carriers as (
    select contract_id, count(*) as times
    from {{ source('ledger', 'invoices') }}
    where invoice_type = 'late_usage'
    group by all
)

select
    contracts.price_book,
    contracts.contract_id,
    contracts.customer_id,
    rate_cards.currency,
    contracts.net_payment_days,
    earliest_open.contract_id is null as is_own_invoice,
    case
        when earliest_open.contract_id is not null then earliest_open.period_start
        when earlier_carriers.times is not null then run.as_of::date
        else contracts.ending_before + 35
    end::date as carried_on,
    case
        when is_own_invoice
            then contracts.contract_id || '.late_usage.' || carried_on
                || case
                    when earlier_carriers.times is null then '' else
                        '.' || (earlier_carriers.times + 1)
                end
    end as own_invoice_id,
from contracts_with_late_usage
cross join {{ source('inputs', 'run') }} as run
inner join {{ ref('active_contracts') }} as contracts
    on contracts_with_late_usage.contract_id = contracts.contract_id
    and run.price_book = contracts.price_book
inner join {{ source('price_book', 'rate_cards') }} as rate_cards
    on contracts.price_book = rate_cards.price_book
    and contracts.rate_card_id = rate_cards.rate_card_id
left join earliest_open on contracts.contract_id = earliest_open.contract_id
left join earlier_carriers on contracts.contract_id = earlier_carriers.contract_id
