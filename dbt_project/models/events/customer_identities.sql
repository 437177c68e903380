-- one row per price book and id that an event may carry: a customer's own id or an alias (S-9)
{{ config(materialized='view') }}

select price_book, customer_id as sent_id, customer_id
from {{ source('price_book', 'customers') }}
union all
select price_book, alias as sent_id, customer_id
from {{ source('price_book', 'customer_aliases') }}
