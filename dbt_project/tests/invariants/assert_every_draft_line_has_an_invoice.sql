-- S-48: no charged line is lost between rating and the invoices.
select lines.contract_id, lines.period_start, lines.product_id, lines.amount
from {{ ref('rated_lines') }} as lines
anti join {{ ref('draft_headers') }} as headers
    on lines.contract_id = headers.contract_id
    and lines.period_start = headers.period_key
