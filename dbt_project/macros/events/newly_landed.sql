{# The events of the log files that `events.landed_events` has not read yet, as the log has them, each
   with its place in the order of the log (S-8). `inputs.newly_landed` is a view that is made whenever
   the warehouse is opened for models (meterhouse/dbt/doors.py); the condition holds too if it is older
   than what is stored, as when a model is built twice by hand. #}
{% macro newly_landed() %}
    select *
    from {{ source('inputs', 'newly_landed') }}
    where log_version > (
        select coalesce(max(stored.log_version), -1)
        from {{ kept('events', 'landed_events') }} as stored
    )
{% endmacro %}
