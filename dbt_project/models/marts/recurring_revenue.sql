-- one row per customer, currency and month in which its recurring revenue by the month (MRR) changed
-- Contracts and sources of a customer together, so a contract that follows another is neither churn nor new.
{{ config(materialized='view') }}

with changes as (
    select contracts.customer_id, changes.currency, changes.month, {{ to_amount('sum(changes.change)') }} as change,
    from {{ ref('recurring_changes') }} as changes
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'contracts') }} as contracts
        on changes.contract_id = contracts.contract_id and run.price_book = contracts.price_book
    group by all
    having sum(changes.change) <> 0
),

balances as (
    select
        *,
        {{ to_amount('sum(change) over (partition by customer_id, currency order by month)') }} as closing,
        {{ to_amount('closing - change') }} as opening,
    from changes
)

select
    customer_id,
    currency,
    month,
    opening,
    {{ to_amount('case when opening = 0 then change else 0 end') }} as new_amount,
    {{ to_amount('case when opening <> 0 and closing <> 0 and change > 0 then change else 0 end') }} as expansion,
    {{ to_amount('case when opening <> 0 and closing <> 0 and change < 0 then -change else 0 end') }} as contraction,
    {{ to_amount('case when opening <> 0 and closing = 0 then -change else 0 end') }} as churn,
    closing,
from balances
