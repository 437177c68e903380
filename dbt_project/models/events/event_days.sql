-- one row per log version, source, customer id as sent, event type, day and kind of repetition
-- What later layers need to know about events that they do not read: which days of which customer
-- have events, how many, and the last of them. Appended once per batch, never computed again.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

select
    log_version,
    source,
    received_at::date as received_on,
    customer_id,
    event_type,
    event_date,
    repeat_kind,
    count(*)::bigint as events,
    max(event_seq) as last_event_seq,
from {{ ref('landed_events') }}
{% if is_incremental() %}
    where log_version > (select coalesce(max(log_version), -1) from {{ this }})
{% endif %}
group by all
