-- one row per final period with late events, product and pricing group with something to bill or to record
-- Those whose running value differs, at a slice boundary, from what the ledger last recorded (S-43).
-- `carried_on` is the period of the invoice that carries it, that of the contract's late usage. Every
-- group of an open period is recorded with its own invoice.
select distinct
    slices.contract_id,
    slices.period_start,
    slices.product_id,
    slices.pricing_group,
    carriers.carried_on,
from {{ ref('slices') }} as slices
left join {{ ref('recorded_slices') }} as recorded
    using (contract_id, period_start, product_id, pricing_group, slice_start)
left join {{ ref('late_carriers') }} as carriers using (contract_id)
where slices.is_late
    and (
        slices.running_value <> coalesce(recorded.running_value, 0)
        -- where a later void took back late usage, the running value is as it was and less is billed (S-50)
        or slices.raw_quantity <> coalesce(recorded.raw_quantity, 0)
    )
