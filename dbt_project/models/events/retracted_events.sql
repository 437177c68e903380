-- one row per event that was taken back, with what it was until then (S-51)
-- A retraction takes back what landed before it with its ids, repeats too. Only retractions that are
-- not yet here are looked at; landed_events notes them.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    post_hook="{{ mark_retracted_events() }}",
) }}

with retractions as (
    select
        log_version,
        transaction_id,
        hash(transaction_id) as transaction_digest,
    from {{ source('inputs', 'retractions') }}
    where log_version <= (select run.log_version from {{ source('inputs', 'run') }} as run)
        and log_version > (select coalesce(max(retracted_in), -1) from {{ this }})
)

select
    events.event_seq,
    events.log_version,
    min(retractions.log_version) as retracted_in,
    events.repeat_kind,
    events.source,
    events.received_at::date as received_on,
    events.customer_id,
    events.event_type,
    events.event_date,
from {{ ref('landed_events') }} as events
inner join retractions
    on events.transaction_digest = retractions.transaction_digest
    and events.transaction_id = retractions.transaction_id
    and events.log_version < retractions.log_version
where events.repeat_kind is distinct from 'retracted'
group by all
