-- one row per contract, window and instance_type: the seconds that instances were alive, on both sides of its start
with signals as (
    select
        contract_id,
        window_start,
        window_end,
        event_type,
        timestamp,
        event_seq,
        {{ property_text('instance_id') }} as instance_id,
        {{ property_text('instance_type') }} as instance_type,
    from {{ billable_events() }}
),

stretches as (
    select
        *,
        coalesce(
            lead(timestamp) over (
                partition by contract_id, window_start, window_end, instance_id
                order by timestamp, event_seq
            ),
            window_end::timestamptz
        ) as next_signal_at,
    from signals
),

-- 900 seconds without a signal and the instance counts as gone.
bounded as (
    select
        *,
        greatest(epoch_us(timestamp), epoch_us(window_start::timestamptz)) as from_us,
        least(epoch_us(next_signal_at), epoch_us(timestamp) + 900000000) as to_us,
    from stretches
    where event_type != 'instance_stop'
)

-- What is carried over (S-56) and has ended before the window makes no group. Microseconds add up exactly.
select
    contract_id,
    window_start,
    window_end,
    instance_type,
    {{ to_quantity('sum(to_us - from_us)::decimal(24, 0) * 0.000001::decimal(7, 6)') }} as quantity,
from bounded
where timestamp >= window_start::timestamptz or to_us > from_us
group by all
