-- one row per rated period, customer id as sent, event type and day with events
-- Aliases are today's, also for a final period with late events (S-43).
with rated_range as (
    select min(period_start) as first_day from {{ ref('rated_periods') }}
),

days as (
    select
        event_days.customer_id as sent_id,
        event_days.event_type,
        event_days.event_date,
        sum(event_days.events)::bigint as events,
        max(event_days.last_event_seq) as last_event_seq,
    from {{ ref('event_days') }} as event_days
    where event_days.repeat_kind is null
        and event_days.event_date >= (select rated_range.first_day from rated_range)
    group by all
    having sum(event_days.events) > 0
)

select
    periods.price_book,
    periods.contract_id,
    periods.period_start,
    days.sent_id,
    days.event_type,
    days.event_date,
    days.events,
    days.last_event_seq,
from {{ ref('rated_periods') }} as periods
cross join {{ source('inputs', 'run') }} as run
inner join {{ ref('customer_identities') }} as identities
    on periods.customer_id = identities.customer_id
    and run.price_book = identities.price_book
inner join days
    on identities.sent_id = days.sent_id
    and days.event_date >= periods.period_start
    and days.event_date < periods.period_end
    and {{ holds_on('identities', 'days.event_date') }}
