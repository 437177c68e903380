-- one row per contract, window and instance_type: the seconds that instances were alive
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
)

-- Microseconds add up exactly; 900 seconds without a signal and the instance counts as gone.
select
    contract_id,
    window_start,
    window_end,
    instance_type,
    {{ to_quantity(
        'sum(least(epoch_us(next_signal_at) - epoch_us(timestamp), 900000000))::decimal(24, 0)'
        ~ ' * 0.000001::decimal(7, 6)'
    ) }} as quantity,
from stretches
where event_type != 'instance_stop'
group by all
