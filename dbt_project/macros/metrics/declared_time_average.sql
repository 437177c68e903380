{# The quantity of a metric declared with `aggregation: time_average`: each number holds until the next
   one of its group (by timestamp, then log order), the last until the window's end; before the first
   it is 0. What is no number is no sample. #}
{% macro declared_time_average(meta) %}
    select
        contract_id,
        window_start,
        window_end,
        {%- for key in meta.group_keys %}
            group_{{ loop.index }} as {{ key }},
        {%- endfor %}
        {{ exact_weighted_sum('held_value', 'held_us', 'window_us') }} as quantity,
    from ({{ held_values(meta, billable_events()) }})
    group by
        contract_id, window_start, window_end, window_us
        {%- for key in meta.group_keys %}, group_{{ loop.index }}{% endfor %}
{% endmacro %}
