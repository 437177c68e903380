-- one row per final period with events that may not be billed yet
-- S-43: an event is late when it was not metered when its period became final, whenever it landed:
-- it came later, or its id belonged to no customer then. What is late has been settled when the next
-- invoice of the contract became final, so only what came after that one counts here; which groups
-- really changed is decided by their running values. `report` contracts only list what is late. An
-- event that a metric carries over (S-56) may change what every later period began with.
with final_periods as (
    select finals.*, contracts.rate_card_id
    from {{ to_rate(source('ledger', 'invoices')) }} as finals
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ ref('active_contracts') }} as today
        on finals.contract_id = today.contract_id
        and run.price_book = today.price_book
        and today.late_usage = 'next_invoice'
    inner join {{ source('price_book', 'contracts') }} as contracts
        on finals.contract_id = contracts.contract_id
        and finals.price_book = contracts.price_book
    where finals.invoice_type = 'usage' and finals.status = 'finalized'
),

settled as (
    select
        contract_id,
        customer_id,
        max(log_version) as log_version,
        arg_max(price_book, sequence) as price_book,
    from {{ to_rate(source('ledger', 'invoices')) }}
    where invoice_type in ('usage', 'late_usage') and status = 'finalized'
    group by all
),

-- Ids of a customer then and now; one that was added or taken away since, or got other dates (S-9), is
-- unsettled as a whole.
identities as (
    select
        settled.contract_id,
        ids.sent_id,
        ids.starting_on,
        ids.ending_before,
        case
            when bool_or(ids.price_book = run.price_book)
                and bool_or(ids.price_book = settled.price_book)
                then settled.log_version
            else -1
        end as settled_version,
    from settled
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ ref('customer_identities') }} as ids
        on settled.customer_id = ids.customer_id
        and ids.price_book in (run.price_book, settled.price_book)
    group by
        settled.contract_id, ids.sent_id, ids.starting_on, ids.ending_before, settled.log_version
),

unsettled_days as (
    select distinct identities.contract_id, days.event_type, days.event_date
    from {{ ref('event_days') }} as days
    inner join identities
        on days.customer_id = identities.sent_id
        and days.log_version > identities.settled_version
        and {{ holds_on('identities', 'days.event_date') }}
    where days.repeat_kind is null
),

-- What the products that a contract was sold carry, by the price book that made its periods final.
carried_types as (
    select distinct products.price_book, products.rate_card_id, metrics.event_type
    from {{ ref('sold_products') }} as products
    inner join {{ source('price_book', 'product_metrics') }} as pointers
        on products.price_book = pointers.price_book
        and products.product_id = pointers.product_id
    inner join {{ ref('billable_metrics') }} as metrics
        on pointers.metric = metrics.metric
        and pointers.version = metrics.metric_version
    where metrics.carry is not null
),

-- Late lines of a void invoice are late again (S-50), also for a period that was voided itself since.
voided_corrections as (
    select distinct corrected.contract_id, corrected.period_start
    from {{ source('ledger', 'invoice_lines') }} as lines
    inner join {{ source('ledger', 'invoices') }} as carriers
        on lines.invoice_id = carriers.invoice_id
        and carriers.status = 'void'
    inner join {{ source('ledger', 'invoices') }} as corrected on lines.corrects_invoice_id = corrected.invoice_id
    where lines.line_type = 'late_usage'
)

select
    price_book, contract_id, customer_id, rate_card_id, currency, period_start, period_end,
    invoice_id as corrects_invoice_id,
from final_periods
where exists (
        select 1
        from unsettled_days
        where unsettled_days.contract_id = final_periods.contract_id
            and unsettled_days.event_date >= final_periods.period_start
            and unsettled_days.event_date < final_periods.period_end
    )
    or exists (
        select 1
        from unsettled_days
        inner join carried_types
            on unsettled_days.event_type = carried_types.event_type
            and carried_types.price_book = final_periods.price_book
            and carried_types.rate_card_id = final_periods.rate_card_id
        where unsettled_days.contract_id = final_periods.contract_id
            and unsettled_days.event_date < final_periods.period_start
    )
    or exists (
        select 1
        from voided_corrections
        where voided_corrections.contract_id = final_periods.contract_id
            and voided_corrections.period_start = final_periods.period_start
    )
