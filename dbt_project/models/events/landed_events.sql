-- one row per landed event
-- Only log files that are not yet here are read. Of the events with one transaction_id the first
-- landed is the event; a later one says which it repeats (S-8). Each batch lies in the order of its
-- days, so that who asks for a day reads that day, in whatever order a file had its events.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

with landed as not materialized (
    {{ newly_landed() }}
)

select
    landed.event_seq,
    landed.log_version,
    landed.position,
    landed.transaction_id,
    {{ transaction_digest('landed') }} as transaction_digest,
    landed.customer_id,
    landed.event_type,
    landed.timestamp,
    -- The day in UTC, without asking the calendar of a time zone for every event.
    make_timestamp(epoch_us(landed.timestamp))::date as event_date,
    landed.properties,
    landed.property_texts,
    landed.source,
    landed.received_at,
    duplicates.repeat_of,
    duplicates.repeat_kind,
from landed
left join {{ ref('duplicates') }} as duplicates on landed.event_seq = duplicates.event_seq
order by event_date
