-- one row per log version, source, day of receipt, customer id as sent, event type, day and kind
-- What later layers need to know about events that they do not read: which days of which customer
-- have events, how many, and the last of them. Appended once per batch, never computed again: a
-- retraction takes its events off what they were, in its own log version, and adds them as retracted.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

with known as (
    select coalesce(max(log_version), -1) as log_version from {{ this }}
),

taken_back as (
    select * exclude (log_version, event_seq)
    from {{ ref('retracted_events') }}
    where retracted_in > (select known.log_version from known)
)

select
    landed.log_version,
    landed.source,
    landed.received_at::date as received_on,
    landed.customer_id,
    landed.event_type,
    landed.event_date,
    if(retracted.event_seq is null, landed.repeat_kind, retracted.repeat_kind) as repeat_kind,
    count(*)::bigint as events,
    max(landed.event_seq) as last_event_seq,
from {{ ref('landed_events') }} as landed
left join {{ ref('retracted_events') }} as retracted on landed.event_seq = retracted.event_seq
where landed.log_version > (select known.log_version from known)
group by all
union all
select
    retracted_in as log_version,
    source,
    received_on,
    customer_id,
    event_type,
    event_date,
    repeat_kind,
    -count(*)::bigint as events,
    null::bigint as last_event_seq,
from taken_back
group by all
union all
select
    retracted_in as log_version,
    source,
    received_on,
    customer_id,
    event_type,
    event_date,
    'retracted' as repeat_kind,
    count(*)::bigint as events,
    null::bigint as last_event_seq,
from taken_back
group by all
