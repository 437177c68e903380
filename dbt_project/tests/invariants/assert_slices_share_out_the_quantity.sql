-- S-12: the slices of a period share out the final quantity of each pricing group; none is negative.
select
    contract_id,
    period_start,
    product_id,
    pricing_group,
    sum(quantity) as shared_out,
    min(quantity) as lowest,
    arg_max(quantity_after, slice_start) as final_quantity,
from {{ ref('slices') }}
group by all
having shared_out <> final_quantity or lowest < 0
