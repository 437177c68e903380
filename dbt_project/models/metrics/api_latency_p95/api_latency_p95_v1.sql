-- one row per contract, window and region: the discrete 95th percentile of the calls' latency
with latencies as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('region') }} as region,
        {{ property_number('latency_ms') }} as latency_ms,
        event_seq,
    from {{ billable_events() }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by contract_id, window_start, window_end, region
            order by latency_ms, event_seq
        ) as at_or_below,
        count(*) over (partition by contract_id, window_start, window_end, region) as readings,
    from latencies
    where latency_ms is not null
)

-- In whole numbers: a share of 0.95 as a float would sometimes miss the rank.
select
    contract_id,
    window_start,
    window_end,
    region,
    {{ to_quantity('min(latency_ms)') }} as quantity,
from ranked
where 100 * at_or_below >= 95 * readings
group by all
