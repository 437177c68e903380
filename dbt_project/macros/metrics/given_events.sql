{# For unit tests: events of contract `acme` in the order of the log, each as
   (event type, timestamp, properties as JSON text or none). #}
{% macro given_events(events) %}
    {% for event_type, timestamp, properties in events %}
        select
            {{ loop.index }}::bigint as event_seq,
            'event-{{ loop.index }}' as transaction_id,
            'acme' as customer_id,
            '{{ event_type }}' as event_type,
            '{{ timestamp }}'::timestamptz as timestamp,
            '{{ timestamp }}'::timestamptz::date as event_date,
            {{ "'" ~ properties ~ "'" if properties else 'null' }}::varchar as properties,
            null::varchar as property_texts,
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}
