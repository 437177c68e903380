-- one row per event type, property and JSON type: what events have, and whether a schema says so
-- Also one row per event type, without a property, and one per property that a schema requires and
-- events lack. Of the properties that no schema names the 200 shortest are listed; the type's row
-- says how many more there are, up to the 1,000 that are kept (S-64).
with seen as (
    select
        event_type,
        property,
        json_type,
        sum(events)::bigint as events,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
    from {{ ref('event_properties') }}
    group by all
),

-- By the schemas that were published when the events landed; what was kept out is not among them.
faults as (
    select
        event_type,
        property,
        json_type,
        sum(events)::bigint as faults,
        string_agg(distinct rule, ', ' order by rule) as broken_rules,
        min(received_at) as first_seen_at,
        max(received_at) as last_seen_at,
    from {{ source('inputs', 'schema_faults') }}
    group by all
),

names as (
    select
        seen.event_type,
        seen.property,
        declared.property is not null as is_declared,
        row_number() over (
            partition by seen.event_type order by length(seen.property), seen.property
        ) as place,
    from (select distinct event_type, property from seen where property is not null) as seen
    left join {{ source('inputs', 'declared_properties') }} as declared
        on seen.event_type = declared.event_type
        and seen.property = declared.property
    qualify place <= 1000
),

-- The declared ones, however many, and the first of the others.
listed as (
    select
        *,
        is_declared
        or row_number() over (partition by event_type, is_declared order by place) <= 200
            as is_listed,
    from names
),

further as (
    select event_type, count(*) filter (where not is_listed) as properties
    from listed
    group by all
),

kept as (
    select seen.*
    from seen
    left join listed
        on seen.event_type = listed.event_type
        and seen.property = listed.property
    where seen.property is null or listed.is_listed
),

reported as (
    select
        coalesce(kept.event_type, faults.event_type) as event_type,
        coalesce(kept.property, faults.property) as property,
        coalesce(kept.json_type, faults.json_type) as json_type,
        coalesce(kept.events, faults.faults)::bigint as events,
        coalesce(kept.first_seen_at, faults.first_seen_at) as first_seen_at,
        coalesce(kept.last_seen_at, faults.last_seen_at) as last_seen_at,
        coalesce(faults.faults, 0)::bigint as faults,
        faults.broken_rules,
    from kept
    full join faults
        on kept.event_type = faults.event_type
        and kept.property is not distinct from faults.property
        and kept.json_type is not distinct from faults.json_type
)

select
    reported.event_type,
    reported.property,
    reported.json_type,
    reported.events,
    reported.first_seen_at,
    reported.last_seen_at,
    declared.event_type is not null as is_declared,
    reported.faults,
    reported.broken_rules,
    case when reported.property is null then coalesce(further.properties, 0) end::bigint
        as further_properties,
from reported
left join {{ source('inputs', 'declared_properties') }} as declared
    on reported.event_type = declared.event_type
    and reported.property is not distinct from declared.property
left join further on reported.event_type = further.event_type
