-- one row per slice with something to bill or to record: what it adds to what the ledger records
-- Written into the ledger with the invoice that carries it: evidence of how a line came about, and
-- what the next late wave is compared with (S-43).
{{ config(materialized='by_contract') }}

select
    slices.contract_id,
    slices.period_start,
    case when slices.is_late then changed.carried_on else slices.period_start end as carried_on,
    slices.product_id,
    slices.pricing_group,
    slices.metric,
    slices.metric_version,
    slices.rate_id,
    slices.override_id,
    slices.slice_start as service_start,
    slices.slice_end as service_end,
    {{ to_quantity('slices.raw_quantity - coalesce(recorded.raw_quantity, 0)') }} as raw_quantity,
    slices.running_value,
    {{ to_quantity('slices.quantity - coalesce(recorded.quantity, 0)') }} as quantity,
    slices.outcome,
from {{ ref('slices') }} as slices
left join {{ ref('changed_groups') }} as changed
    using (contract_id, period_start, product_id, pricing_group)
left join {{ ref('recorded_slices') }} as recorded
    using (contract_id, period_start, product_id, pricing_group, slice_start)
where not slices.is_late or changed.contract_id is not null
union all
-- Late usage of a void invoice whose replacement cuts the period differently is taken back where it
-- was recorded, for the slices above have it again (S-50); so is that of a group without any usage now.
select
    recorded.contract_id,
    recorded.period_start,
    case when coalesce(latest.is_late, false) then changed.carried_on else recorded.period_start end as carried_on,
    recorded.product_id,
    recorded.pricing_group,
    recorded.last_slice.metric,
    recorded.last_slice.metric_version,
    recorded.last_slice.rate_id,
    recorded.last_slice.override_id,
    recorded.slice_start as service_start,
    recorded.last_slice.slice_end as service_end,
    (-recorded.raw_quantity)::decimal(28, 10) as raw_quantity,
    {{ to_quantity('coalesce(latest.running_value, 0)') }} as running_value,
    (-recorded.quantity)::decimal(28, 10) as quantity,
    recorded.last_slice.outcome,
from {{ ref('recorded_slices') }} as recorded
inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
left join (
    select
        contract_id, period_start, product_id, pricing_group, bool_or(is_late) as is_late,
        arg_max(running_value, slice_start) as running_value,
    from {{ ref('slices') }}
    semi join {{ ref('recorded_slices') }} using (contract_id, period_start, product_id, pricing_group)
    group by all
) as latest using (contract_id, period_start, product_id, pricing_group)
left join {{ ref('changed_groups') }} as changed
    using (contract_id, period_start, product_id, pricing_group)
anti join {{ ref('slices') }} as current_slices
    using (contract_id, period_start, product_id, pricing_group, slice_start)
where (recorded.raw_quantity <> 0 or recorded.quantity <> 0)
    and case
        when latest.is_late is null then not periods.is_late
        else not latest.is_late or changed.contract_id is not null
    end
