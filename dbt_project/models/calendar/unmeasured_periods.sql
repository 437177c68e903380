-- one row per final period, metric version that measured it, of which the warehouse has no days
-- A warehouse that was lost is made again from the log. A run rates open periods and those with late
-- events; the days of the other final ones, which the mart usage_daily shows, are measured once more:
-- by the metric versions that the price book of the invoice points at in that period.
with pointers as (
    select
        *,
        lead(starting_on) over (partition by price_book, product_id order by starting_on) as ending_before,
    from {{ source('price_book', 'product_metrics') }}
)

select distinct
    finals.price_book,
    finals.contract_id,
    finals.customer_id,
    finals.period_start,
    finals.period_end,
    pointers.metric,
    pointers.version as metric_version,
from {{ source('inputs', 'unmeasured_periods') }} as unmeasured
inner join {{ source('ledger', 'invoices') }} as finals
    on unmeasured.contract_id = finals.contract_id
    and unmeasured.period_start = finals.period_start
    and finals.invoice_type = 'usage'
    and finals.status = 'finalized'
semi join {{ ref('active_contracts') }} as today on finals.contract_id = today.contract_id
anti join {{ ref('rated_periods') }} as rated
    on finals.contract_id = rated.contract_id
    and finals.period_start = rated.period_start
inner join {{ source('price_book', 'contracts') }} as contracts
    on finals.price_book = contracts.price_book
    and finals.contract_id = contracts.contract_id
inner join {{ ref('sold_products') }} as products
    on contracts.price_book = products.price_book
    and contracts.rate_card_id = products.rate_card_id
    and products.product_type = 'usage'
inner join pointers
    on products.price_book = pointers.price_book
    and products.product_id = pointers.product_id
    and pointers.starting_on < finals.period_end
    and (pointers.ending_before is null or pointers.ending_before > finals.period_start)
