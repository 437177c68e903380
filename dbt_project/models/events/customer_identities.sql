-- one row per price book, id that an event may carry and first day: a customer's own id or an alias
-- An alias may have dates (S-9): macro holds_on() says whether it is the customer's on a day.
{{ config(materialized='view') }}

select
    price_book,
    customer_id as sent_id,
    customer_id,
    null::date as starting_on,
    null::date as ending_before,
from {{ source('price_book', 'customers') }}
union all
select
    price_book,
    alias as sent_id,
    customer_id,
    starting_on,
    ending_before,
from {{ source('price_book', 'customer_aliases') }}
