-- one row per contract, window and plan: the seats in use on an average day
with daily_seats as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('plan') }} as plan,
        event_date,
        count(distinct {{ property_text('user_id') }}) as seats,
    from {{ billable_events() }}
    group by all
)

select
    contract_id,
    window_start,
    window_end,
    plan,
    {{ exact_divide('sum(seats)', 'window_end - window_start') }} as quantity,
from daily_seats
group by contract_id, window_start, window_end, plan
