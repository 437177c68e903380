-- one row per rated period, usage product, pricing group and slice that has begun
-- S-13: a slice is the longest run of days in which nothing that prices the group changes. Its
-- billed quantity is Q(end) − Q(start), Q the running billed quantity of S-17, so conversion and
-- rounding never add up over slices.
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

running as (
    select
        * exclude (slice_number, commit_segments),
        {{ to_quantity('sum(raw_quantity) over slices_so_far') }} as running_value,
        {{ to_quantity('sum(raw_quantity) over earlier_slices') }} as earlier_value,
    from merged
    window
        slices_so_far as (
            partition by contract_id, product_id, period_start, pricing_group order by slice_start
        ),
        earlier_slices as (
            partition by contract_id, product_id, period_start, pricing_group order by slice_start
            rows between unbounded preceding and 1 preceding
        )
    union all by name
    select
        price_book, contract_id, period_start, is_late, product_id, product_name, pricing_group,
        segment_start as slice_start,
        segment_end as slice_end,
        metric, metric_version, rate_id, override_id, pricing_unit, is_entitled,
        {{ to_quantity('raw_quantity') }} as raw_quantity,
        {{ to_quantity('raw_quantity') }} as running_value,
    from segments
    where is_whole_period and measured_to is not null
)

select
    running.* exclude (is_entitled, earlier_value),
    {{ billed_quantity('running.running_value', 'products') }} as quantity_after,
    case
        when running.earlier_value is null then 0
        else {{ billed_quantity('running.earlier_value', 'products') }}
    end::decimal(28, 10) as quantity_before,
    (quantity_after - quantity_before)::decimal(28, 10) as quantity,
    case
        when running.rate_id is null then 'no_rate'
        when running.is_entitled then 'billed'
        else 'not_entitled'
    end as outcome,
from running
inner join {{ source('price_book', 'products') }} as products using (price_book, product_id)
