{# The events of those due windows for which `due` is true, a condition on calendar.due_window_days:
   each event once per window that it counts in. What the columns are: billable_events(). What is carried
   into a period (S-56) stands with its window. The model has the hook note_due_dates(). #}
{% macro due_events(due) %}
    (
        select
            windows.contract_id,
            windows.window_start,
            windows.window_end,
            windows.price_book,
            events.event_type,
            events.event_date,
            events.timestamp,
            events.event_seq,
            events.transaction_id,
            events.properties,
            events.property_texts,
        from {{ ref('due_window_days') }} as windows
        inner join {{ ref('events') }} as events
            on windows.sent_id = events.customer_id
            and windows.event_type = events.event_type
            and windows.event_date = events.event_date
        where {{ due }}
            and windows.event_seq is null
            and {{ due_dates('events.event_date') }}
        union all
        select
            windows.contract_id,
            windows.window_start,
            windows.window_end,
            windows.price_book,
            windows.event_type,
            windows.event_date,
            windows.timestamp,
            windows.event_seq,
            windows.transaction_id,
            windows.properties,
            windows.property_texts,
        from {{ ref('due_window_days') }} as windows
        where {{ due }}
            and windows.event_seq is not null
    ) as billable_events
{% endmacro %}
