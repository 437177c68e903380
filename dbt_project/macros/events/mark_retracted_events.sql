{# After it is known which events a new retraction takes back (S-51): they say so where they are kept,
   so that who reads events asks nothing else. events.event_days has counted the older ones already. #}
{% macro mark_retracted_events() %}
    {% set new_ones %}
        select count(*)
        from {{ this }}
        {% if relation_exists('events', 'event_days') %}
            where retracted_in > (
                select coalesce(max(log_version), -1) from {{ target.database }}.events.event_days
            )
        {% endif %}
    {% endset %}
    {% if execute and run_query(new_ones).rows[0][0] > 0 %}
        update {{ ref('landed_events') }} as landed
        set repeat_kind = 'retracted'
        from {{ this }} as retracted
        where landed.event_seq = retracted.event_seq
            and landed.repeat_kind is distinct from 'retracted'
    {% endif %}
{% endmacro %}
