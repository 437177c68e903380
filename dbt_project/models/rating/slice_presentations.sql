-- one row per slice and presentation group with a running value at the slice's end
-- S-20: the group's raw quantity in the slice is what a line is shared out by, zero included.
with group_starts as (
    select
        contract_id, period_start, product_id, pricing_group, presentation_group,
        min(segment_start) as first_segment,
    from {{ ref('segment_usage') }}
    where has_running_value and presentation_group <> '{}'
    group by all
)

select
    slices.contract_id,
    slices.period_start,
    slices.product_id,
    slices.pricing_group,
    slices.slice_start,
    group_starts.presentation_group,
    {{ to_quantity('coalesce(sum(usage.raw_quantity), 0)') }} as raw_quantity,
from {{ ref('slices') }} as slices
inner join group_starts
    on slices.contract_id = group_starts.contract_id
    and slices.period_start = group_starts.period_start
    and slices.product_id = group_starts.product_id
    and slices.pricing_group = group_starts.pricing_group
    and group_starts.first_segment < slices.slice_end
left join {{ ref('segment_usage') }} as usage
    on slices.contract_id = usage.contract_id
    and slices.period_start = usage.period_start
    and slices.product_id = usage.product_id
    and slices.pricing_group = usage.pricing_group
    and group_starts.presentation_group = usage.presentation_group
    and usage.segment_start >= slices.slice_start
    and usage.segment_start < slices.slice_end
where slices.outcome = 'billed' and not slices.is_late
group by all
