-- one row per landed event
-- Of the events with one transaction_id the first landed is the event; a later one repeats it
-- (S-8). Only log files that are not yet here are read; their ids meet the whole log through a
-- 64-bit digest, because comparing 8 bytes against a year of events is what keeps an hour an hour.
{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}
{% set files = new_log_files(this if is_incremental() else none) %}

with landed as not materialized (
    {% if files %}
        select
            log_files.log_version * 1000000000 + raw.position as event_seq,
            log_files.log_version,
            raw.* exclude (filename),
        from
            read_parquet(
                [
                    {% for file in files %}'{{ file | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}
                ],
                filename = true
            ) as raw
        inner join {{ source('inputs', 'log_files') }} as log_files on raw.filename = log_files.path
    {% else %}
        {{ no_landed_events() }}
    {% endif %}
),

earlier as (
    {% if is_incremental() and files %}
        select event_seq, transaction_id, customer_id, event_type, timestamp, properties, property_texts
        from {{ this }}
        where repeat_kind is null
            and transaction_digest in (select {{ transaction_digest('landed') }} from landed)
    {% else %}
        select
            landed.event_seq,
            landed.transaction_id,
            landed.customer_id,
            landed.event_type,
            landed.timestamp,
            {{ to_variant('landed') }} as properties,
            landed.property_texts,
        from landed
        where false
    {% endif %}
),

-- Few ids come twice: all of this is about those alone. A hash of DuckDB's own is enough inside one
-- statement; what is stored must not change with its version.
suspects as (
    select hash(transaction_id) as transaction_hash
    from landed
    group by all
    having count(*) > 1
    union
    select hash(transaction_id) as transaction_hash from earlier
),

contenders as (
    select
        landed.event_seq,
        landed.transaction_id,
        landed.customer_id,
        landed.event_type,
        landed.timestamp,
        {{ to_variant('landed') }} as properties,
        landed.property_texts,
    from landed
    where hash(landed.transaction_id) in (select suspects.transaction_hash from suspects)
    union all
    select event_seq, transaction_id, customer_id, event_type, timestamp, properties, property_texts
    from earlier
),

firsts as (
    select transaction_id, min(event_seq) as event_seq
    from contenders
    group by all
    having count(*) > 1
),

repeats as (
    select
        contenders.event_seq,
        firsts.event_seq as repeat_of,
        case
            when contenders.customer_id = originals.customer_id
                and contenders.event_type = originals.event_type
                and contenders.timestamp = originals.timestamp
                and {{ comparable_properties('contenders') }} = {{ comparable_properties('originals') }}
                then 'duplicate'
            else 'conflict'
        end as repeat_kind,
    from contenders
    inner join firsts
        on contenders.transaction_id = firsts.transaction_id
        and contenders.event_seq > firsts.event_seq
    inner join contenders as originals on firsts.event_seq = originals.event_seq
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
    landed.timestamp::date as event_date,
    {{ to_variant('landed') }} as properties,
    landed.property_texts,
    landed.source,
    landed.received_at,
    repeats.repeat_of,
    repeats.repeat_kind,
from landed
left join repeats on landed.event_seq = repeats.event_seq
