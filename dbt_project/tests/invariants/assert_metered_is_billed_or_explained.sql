-- S-48: per contract, product and open period, what was metered (V of all groups, from the running
-- values) equals what its slices bill, leave unrated and are not entitled to.
with sliced as (
    select contract_id, period_start, product_id, sum(raw_quantity) as raw_quantity
    from {{ ref('slices') }}
    group by all
)

select
    metered.contract_id,
    metered.product_id,
    metered.period_start,
    metered.running_value,
    sliced.raw_quantity,
from {{ ref('product_cumulative_usage') }} as metered
full outer join sliced using (contract_id, period_start, product_id)
where coalesce(metered.running_value, 0) <> coalesce(sliced.raw_quantity, 0)
