{# After it is known which events a new retraction takes back (S-51): they say so where they are kept,
   so that who reads events asks nothing else. events.event_days has counted the older ones already. #}
{% macro mark_retracted_events() %}
    update {{ ref('landed_events') }} as landed
    set repeat_kind = 'retracted'
    from {{ this }} as retracted
    where landed.event_seq = retracted.event_seq
        and landed.repeat_kind is distinct from 'retracted'
        and retracted.retracted_in > (
            select coalesce(max(counted.log_version), -1)
            from {{ kept('events', 'event_days') }} as counted
        )
{% endmacro %}
