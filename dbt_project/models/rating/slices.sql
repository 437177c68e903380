-- one row per rated period, usage product, pricing group and slice that has begun
-- S-13: a slice is the longest run of days in which nothing that prices the group changes. With Q the
-- running billed quantity of S-17, the slices share out (0, Q(last)]: each bills the stretch from Q at
-- its start up to the smallest Q at its own end and those of all later slices, if that is above
-- (S-12). So what falls is taken off the slice that added it, conversion and rounding never add up
-- over slices, and no slice gives anything back (S-30).
-- Most periods are one segment: those are slices as they are, without a look at neighbours.
with group_usage as (
    select contract_id, period_start, product_id, pricing_group, segment_start, raw_quantity
    from {{ ref('segment_usage') }}
    where presentation_group = '{}'
    union all
    -- a product either has presentation groups or it has not
    select contract_id, period_start, product_id, pricing_group, segment_start, sum(raw_quantity) as raw_quantity
    from {{ ref('segment_usage') }}
    where presentation_group <> '{}'
    group by all
),

segments as (
    select
        prices.*,
        coalesce(usage.raw_quantity, 0) as raw_quantity,
        prices.segment_start = prices.period_start and prices.segment_end = prices.period_end as is_whole_period,
    from {{ ref('segment_prices') }} as prices
    left join group_usage as usage using (contract_id, period_start, product_id, pricing_group, segment_start)
),

marked as (
    select
        *,
        row(metric, metric_version, rate_id, override_id, is_entitled, commit_segments)
            is distinct from lag(row(metric, metric_version, rate_id, override_id, is_entitled, commit_segments)) over (
                partition by contract_id, product_id, period_start, pricing_group order by segment_start
            )
        or segment_start = period_start as begins_slice,
    from segments
    where not is_whole_period
),

numbered as (
    select
        *,
        (sum(begins_slice::integer) over (
            partition by contract_id, product_id, period_start, pricing_group order by segment_start
        ))::integer as slice_number,
    from marked
),

merged as (
    select
        price_book, contract_id, period_start, is_late, product_id, product_name, pricing_group, slice_number,
        min(segment_start) as slice_start,
        max(segment_end) as slice_end,
        metric, metric_version, rate_id, override_id, pricing_unit, is_entitled, commit_segments,
        {{ to_quantity('sum(raw_quantity)') }} as raw_quantity,
    from numbered
    group by all
    having bool_or(measured_to is not null)
),

sliced as (
    select
        * exclude (slice_number, commit_segments),
        {{ to_quantity('sum(raw_quantity) over slices_so_far') }} as running_value,
        false as is_whole_period,
    from merged
    window slices_so_far as (
        partition by contract_id, product_id, period_start, pricing_group order by slice_start
    )
    union all by name
    select
        price_book, contract_id, period_start, is_late, product_id, product_name, pricing_group,
        segment_start as slice_start,
        segment_end as slice_end,
        metric, metric_version, rate_id, override_id, pricing_unit, is_entitled,
        {{ to_quantity('raw_quantity') }} as raw_quantity,
        {{ to_quantity('raw_quantity') }} as running_value,
        true as is_whole_period,
    from segments
    where is_whole_period and measured_to is not null
),

quantified as (
    select sliced.*, {{ billed_quantity('sliced.running_value', 'products') }} as quantity_after,
    from sliced
    inner join {{ source('price_book', 'products') }} as products using (price_book, product_id)
),

stretched as (
    select
        *,
        lag(quantity_after, 1, 0::decimal(28, 10)) over in_order as quantity_before,
        min(quantity_after) over this_and_later as lowest_after,
    from quantified
    where not is_whole_period
    window
        in_order as (
            partition by contract_id, product_id, period_start, pricing_group order by slice_start
        ),
        this_and_later as (
            partition by contract_id, product_id, period_start, pricing_group order by slice_start
            rows between current row and unbounded following
        )
    union all by name
    select *, 0::decimal(28, 10) as quantity_before, quantity_after as lowest_after,
    from quantified
    where is_whole_period
)

select
    * exclude (is_entitled, is_whole_period),
    greatest(quantity_before, lowest_after)::decimal(28, 10) as stretch_end,
    (stretch_end - quantity_before)::decimal(28, 10) as quantity,
    case
        when rate_id is null then 'no_rate'
        when is_entitled then 'billed'
        else 'not_entitled'
    end as outcome,
from stretched
