-- one row per measured period, customer id as sent, event type and day with events
-- Aliases are today's, also for a final period with late events (S-43).
-- Measured are rated periods, and final ones whose days were lost with the warehouse.
with measured_periods as (
    select price_book, contract_id, customer_id, period_start, period_end from {{ ref('rated_periods') }}
    union
    select price_book, contract_id, customer_id, period_start, period_end from {{ ref('unmeasured_periods') }}
),

measured_range as (
    select min(period_start) as first_day from measured_periods
),

identities as (
    select ids.customer_id, ids.sent_id, ids.starting_on, ids.ending_before
    from {{ ref('customer_identities') }} as ids
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    semi join measured_periods as periods on ids.customer_id = periods.customer_id
),

days as (
    select
        event_days.customer_id as sent_id,
        event_days.event_type,
        event_days.event_date,
        sum(event_days.events)::bigint as events,
        max(event_days.last_event_seq) as last_event_seq,
    from {{ ref('event_days') }} as event_days
    semi join identities on event_days.customer_id = identities.sent_id
    where event_days.repeat_kind is null
        and event_days.event_date >= (select measured_range.first_day from measured_range)
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
from measured_periods as periods
inner join identities on periods.customer_id = identities.customer_id
inner join days
    on identities.sent_id = days.sent_id
    and days.event_date >= periods.period_start
    and days.event_date < periods.period_end
    and {{ holds_on('identities', 'days.event_date') }}
