-- S-48: every landed event has exactly one outcome, and every rejected one is counted. What a
-- retraction takes off an outcome (S-51) was there before.
with landed as (
    select
        coalesce((select sum(events) from {{ ref('event_days') }}), 0)
        + coalesce((select sum(events) from {{ source('inputs', 'rejected_events') }}), 0) as events
),

outcomes as (
    select coalesce(sum(events), 0) as events from {{ ref('event_outcomes') }}
)

select landed.events as landed_events, outcomes.events as outcome_events
from landed
cross join outcomes
where landed.events <> outcomes.events
    or exists (select 1 from {{ ref('event_outcomes') }} as counted where counted.events < 0)
