{# For unit tests: one window of contract `acme`, for every metric version and the event types. #}
{% macro given_window(event_types, window_start, window_end) %}
    {% for metric, version in billed_metrics() %}
        {% for event_type in event_types %}
            select
                '{{ metric }}' as metric,
                {{ version }} as metric_version,
                'acme' as contract_id,
                '{{ window_start }}'::date as window_start,
                '{{ window_end }}'::date as window_end,
                'book' as price_book,
                'acme' as sent_id,
                '{{ event_type }}' as event_type,
                unnest(generate_series('{{ window_start }}'::date, '{{ window_end }}'::date - 1, interval 1 day))::date
                    as event_date,
                null::bigint as event_seq,
                null::timestamptz as timestamp,
                null::varchar as transaction_id,
                null::varchar as properties,
                null::varchar as property_texts,
            {{ 'union all' if not loop.last }}
        {% endfor %}
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endmacro %}
