-- one row per rated period, usage product, pricing group and reason for which usage is not billed
-- S-23: the billed quantity of S-17, summed over the slices that found no rate or are not entitled.
-- For a period with late events, what that adds to what the ledger has of it (S-43).
select
    contract_id,
    product_id,
    period_start,
    carried_on,
    pricing_group,
    {{ to_quantity('sum(quantity)') }} as quantity,
    outcome as reason,
from {{ to_rate(ref('slice_records')) }}
where outcome <> 'billed'
group by all
having sum(quantity) <> 0
