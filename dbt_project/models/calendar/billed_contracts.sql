-- one row per contract of the run's price book that is not held (S-52)
{{ config(materialized='view') }}

select contracts.*
from {{ source('price_book', 'contracts') }} as contracts
inner join {{ source('inputs', 'run') }} as run using (price_book)
anti join {{ ref('contracts_on_hold') }} as held using (contract_id)
