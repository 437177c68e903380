-- one row per held contract, product, period and reason: what this run could not bill (S-52)
select contract_id, product_id, period_start, reason, example
from {{ ref('contracts_on_hold') }}
