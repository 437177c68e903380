{# Fails on what a metric must not return: two rows for one group of a window, or a row without a
   quantity. Looks at the windows of this run alone, so that its cost follows new events. #}
{% test one_row_per_group(model, group_keys) %}
    select
        {{ (['contract_id', 'window_start', 'window_end'] + group_keys) | join(', ') }},
        count(*) as row_count,
        count(quantity) as quantities,
    from {{ model }}
    semi join {{ ref('due_windows') }} using (contract_id, window_start, window_end)
    group by all
    having row_count > 1 or quantities < row_count
{% endtest %}
