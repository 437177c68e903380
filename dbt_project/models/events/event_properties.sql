-- one row per run, event type, property and JSON type: what the newly landed events had (S-64)
-- A row without a property counts the events of the type. Events of one shape are counted together,
-- and of that shape its names and types are read once. Names are free text, so of each run and type
-- the 1,000 first are kept, the shortest first: any way of splitting the files keeps the same ones.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

with known as (
    select coalesce(max(log_version), -1) as log_version from {{ this }}
),

shapes as materialized (
    select
        event_type,
        json_structure(properties)::varchar as structure,
        count(*) as events,
        min(received_at) as first_seen_at,
        max(received_at) as last_seen_at,
    from {{ ref('landed_events') }}
    where log_version > (select known.log_version from known)
    group by all
),

-- What json_structure writes for an empty object is the text JSON.
properties as (
    select
        shapes.event_type,
        property.key as property,
        case
            when property.type in ('OBJECT', 'ARRAY') then lower(property.type)
            else
                case property.atom ->> '$'
                    when 'VARCHAR' then 'string'
                    when 'BOOLEAN' then 'boolean'
                    when 'NULL' then 'null'
                    when 'JSON' then 'object'
                    else 'number'
                end
        end as json_type,
        shapes.events,
        shapes.first_seen_at,
        shapes.last_seen_at,
        dense_rank() over (
            partition by shapes.event_type order by length(property.key), property.key
        ) as place,
    from shapes
    cross join json_each(shapes.structure) as property
    where starts_with(shapes.structure, '{')
),

counted as (
    select event_type, property, json_type, events, first_seen_at, last_seen_at
    from properties
    where place <= 1000
    union all
    select event_type, null, null, events, first_seen_at, last_seen_at
    from shapes
)

select
    run.log_version,
    counted.event_type,
    counted.property,
    counted.json_type,
    sum(counted.events)::bigint as events,
    min(counted.first_seen_at) as first_seen_at,
    max(counted.last_seen_at) as last_seen_at,
from counted
cross join {{ source('inputs', 'run') }} as run
group by all
