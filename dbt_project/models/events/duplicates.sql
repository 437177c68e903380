-- one row per newly landed event whose transaction_id came before
-- Of the events with one id the first landed is the event (S-8). Ids meet the whole log through a
-- 64-bit digest, because comparing 8 bytes against a year of events is what keeps an hour an hour. A
-- model of its own, so that landed_events joins a table that is known to be small. What landed before
-- an id was retracted counts as never sent (S-51): only events between the same retractions of their
-- id repeat one another.
{{ config(pre_hook="{{ renew_digests() }}") }}
{% set compared = 'event_seq, log_version, transaction_id, customer_id, event_type, timestamp, '
    ~ 'properties, property_texts' %}

with landed as not materialized (
    {{ newly_landed() }}
),

earlier as (
    select {{ compared }}
    from {{ kept('events', 'landed_events') }}
    where repeat_kind is null
        and transaction_digest in (select {{ transaction_digest('landed') }} from landed)
),

-- Few ids come twice: all of this is about those alone.
suspects as (
    select hash(transaction_id) as transaction_hash
    from landed
    group by all
    having count(*) > 1
    union
    select hash(transaction_id) as transaction_hash from earlier
),

candidates as (
    select {{ compared }}
    from landed
    where hash(transaction_id) in (select suspects.transaction_hash from suspects)
    union all
    select {{ compared }} from earlier
),

contenders as (
    select candidates.*, max(retractions.log_version) as retracted_before
    from candidates
    left join {{ source('inputs', 'retractions') }} as retractions
        on candidates.transaction_id = retractions.transaction_id
        and candidates.log_version > retractions.log_version
    group by all
),

firsts as (
    select transaction_id, retracted_before, min(event_seq) as event_seq
    from contenders
    group by all
    having count(*) > 1
),

-- Nearly all are sent again as they were, and the same text means the same: only the properties of
-- the others are taken apart.
pairs as materialized (
    select
        contenders.event_seq,
        firsts.event_seq as repeat_of,
        contenders.customer_id = originals.customer_id
        and contenders.event_type = originals.event_type
        and contenders.timestamp = originals.timestamp as has_same_fields,
        contenders.properties is not distinct from originals.properties
        and contenders.property_texts is not distinct from originals.property_texts
            as has_same_text,
    from contenders
    inner join firsts
        on contenders.transaction_id = firsts.transaction_id
        and contenders.retracted_before is not distinct from firsts.retracted_before
        and contenders.event_seq > firsts.event_seq
    inner join contenders as originals on firsts.event_seq = originals.event_seq
)

select
    event_seq,
    repeat_of,
    case when has_same_fields then 'duplicate' else 'conflict' end as repeat_kind,
from pairs
where has_same_text or not has_same_fields
union all
select
    pairs.event_seq,
    pairs.repeat_of,
    case
        when {{ comparable_properties('contenders') }} = {{ comparable_properties('originals') }}
            then 'duplicate'
        else 'conflict'
    end as repeat_kind,
from pairs
inner join contenders on pairs.event_seq = contenders.event_seq
inner join contenders as originals on pairs.repeat_of = originals.event_seq
where pairs.has_same_fields and not pairs.has_same_text
