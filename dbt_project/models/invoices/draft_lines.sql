-- one row per line of an invoice that is not final, numbered in the order of S-40
select
    invoice_id,
    row_number() over (partition by invoice_id order by line_order)::integer as line_number,
    * exclude (invoice_id, line_order),
from {{ ref('charge_lines') }}
