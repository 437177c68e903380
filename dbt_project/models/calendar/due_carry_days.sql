-- one row per carry, customer id as sent and day whose latest events are to be looked for (anew)
-- S-56: days of the event types of a metric that carries, with events that landed or were taken back
-- since the state was written. A metric that no price book points at keeps no state.

with known as (
    select carry, max(log_version) as log_version
    from {{ kept('calendar', 'carry_days') }}
    group by all
),

carried_types as (
    select distinct metrics.carry, metrics.event_type, coalesce(known.log_version, -1) as log_version
    from {{ ref('billable_metrics') }} as metrics
    semi join {{ source('price_book', 'product_metrics') }} as pointers
        on metrics.metric = pointers.metric and metrics.metric_version = pointers.version
    left join known on metrics.carry = known.carry
    where metrics.carry is not null
)

select distinct
    carried_types.carry,
    days.customer_id as sent_id,
    days.event_date,
from {{ ref('event_days') }} as days
inner join carried_types
    on days.event_type = carried_types.event_type
    and days.log_version > carried_types.log_version
where days.repeat_kind is null
    and days.log_version > (select min(known_types.log_version) from carried_types as known_types)
