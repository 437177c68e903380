{# An empty batch with the types of one: an empty log is a normal first day, and read_parquet([])
   is an error. #}
{% macro no_landed_events() %}
    select
        null::bigint as event_seq,
        null::bigint as log_version,
        null::bigint as position,
        null::varchar as transaction_id,
        null::ubigint as transaction_digest,
        null::varchar as customer_id,
        null::varchar as event_type,
        null::timestamptz as timestamp,
        null::date as event_date,
        null::variant as properties,
        null::varchar as property_texts,
        null::varchar as source,
        null::timestamptz as received_at,
    where false
{% endmacro %}
