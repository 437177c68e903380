-- one row per contract, window and region: storage averaged over time, to the microsecond
with samples as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('region') }} as region,
        {{ property_number('gb') }} as gb,
        timestamp,
        event_seq,
    from {{ billable_events() }}
),

stretches as (
    select
        *,
        epoch_us(
            coalesce(
                lead(timestamp) over (
                    partition by contract_id, window_start, window_end, region
                    order by timestamp, event_seq
                ),
                window_end::timestamptz
            )
        ) - epoch_us(timestamp) as held_us,
        (window_end - window_start) * 86400000000 as window_us,
    from samples
    where gb is not null
)

select
    contract_id,
    window_start,
    window_end,
    region,
    {{ exact_weighted_sum('gb', 'held_us', 'window_us') }} as quantity,
from stretches
group by contract_id, window_start, window_end, region, window_us
