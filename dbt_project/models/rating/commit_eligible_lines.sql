-- one row per charged line of a contract that balances may meet, or that has lines in a custom unit
-- The one place that says which contracts these are.
-- `line_rank` is the order of S-40 inside a contract, over all its open periods: the order in which
-- balances are used up and lines stand on the invoice. The lines of all other contracts go straight to
-- their invoices: ranked and written here too, they were the dearest table of a run.
with custom_units as (
    select distinct pricing_unit
    from {{ source('price_book', 'pricing_units') }}
    where kind = 'custom'
),

receivers as (
    select contract_id
    from {{ source('price_book', 'commits') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    union
    select contract_id
    from {{ source('price_book', 'thresholds') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    union
    select contract_id from {{ ref('automatic_commits') }}
    union
    select contract_id
    from {{ ref('rated_lines') }}
    semi join custom_units using (pricing_unit)
)

select
    *,
    row_number() over (
        partition by contract_id order by period_start, {{ line_order_in_period() }}
    )::integer as line_rank,
from {{ ref('rated_lines') }}
semi join receivers using (contract_id)
