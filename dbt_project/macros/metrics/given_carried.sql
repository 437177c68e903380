{# For unit tests: events that are carried into the window of contract `acme` (S-56), for every metric
   version, in the order of the log, before those of given_events(); each as there. They are rows of the
   input `due_window_days`: {{ given_window(…) }} union all {{ given_carried(…) }}. #}
{% macro given_carried(window_start, window_end, events) %}
    {% for metric, version in billed_metrics() %}
        {% for event_type, timestamp, properties in events %}
            select
                '{{ metric }}' as metric,
                {{ version }} as metric_version,
                'acme' as contract_id,
                '{{ window_start }}'::date as window_start,
                '{{ window_end }}'::date as window_end,
                'book' as price_book,
                'acme' as sent_id,
                '{{ event_type }}' as event_type,
                '{{ timestamp }}'::timestamptz::date as event_date,
                {{ loop.index - 1000 }}::bigint as event_seq,
                '{{ timestamp }}'::timestamptz as timestamp,
                'carried-{{ loop.index }}' as transaction_id,
                {{ "'" ~ properties ~ "'" if properties else 'null' }}::varchar as properties,
                null::varchar as property_texts,
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}
