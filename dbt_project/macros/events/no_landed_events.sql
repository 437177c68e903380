{# An empty batch with the types of one: an empty log is a normal first day, and read_parquet([])
   is an error. #}
{% macro no_landed_events() %}
    select
        null::bigint as event_seq,
        null::bigint as log_version,
        null::varchar as transaction_id,
        null::varchar as customer_id,
        null::varchar as event_type,
        null::timestamptz as timestamp,
        null::varchar as properties,
        null::varchar as property_texts,
        null::varchar as source,
        null::timestamptz as received_at,
        null::bigint as position,
    where false
{% endmacro %}
