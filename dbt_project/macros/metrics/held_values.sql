{# The samples of a time average in some windows, each with the microseconds that it holds there:
   contract_id, window_start, window_end, the group keys as group_1, group_2, … sorted as declared,
   timestamp, event_seq, held_value, held_us, and the window's window_us. What is carried into a window
   (S-56) holds from its start. #}
{% macro held_values(meta, events) %}
    select
        *,
        greatest(epoch_us(
            coalesce(
                lead(timestamp) over (
                    partition by
                        contract_id, window_start, window_end
                        {%- for key in meta.group_keys %}, group_{{ loop.index }}{% endfor %}
                    order by timestamp, event_seq
                ),
                window_end::timestamptz
            )
        ), epoch_us(window_start::timestamptz))
        - greatest(epoch_us(timestamp), epoch_us(window_start::timestamptz)) as held_us,
        (window_end - window_start) * 86400000000 as window_us,
    from (
        select
            contract_id,
            window_start,
            window_end,
            {%- for key in meta.group_keys %}
                {{ property_text(key) }} as group_{{ loop.index }},
            {%- endfor %}
            timestamp,
            event_seq,
            {{ property_number(meta.aggregation_key) }} as held_value,
        from {{ events }}
        where {{ declared_conditions(meta) }}
    )
    where held_value is not null
{% endmacro %}
