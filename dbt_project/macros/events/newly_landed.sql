{# The events of the log files that `events.landed_events` has not read yet, as the log has them, each
   with its place in the order of the log (S-8). #}
{% macro newly_landed(stored) %}
    {%- set files = new_log_files(stored) -%}
    {%- if files -%}
        select
            log_files.log_version * 1000000000 + raw.position as event_seq,
            log_files.log_version,
            raw.* exclude (filename),
        from
            read_parquet(
                [
                    {% for file in files %}'{{ file | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor %}
                ],
                filename = true
            ) as raw
        inner join {{ source('inputs', 'log_files') }} as log_files on raw.filename = log_files.path
    {%- else -%}
        {{ no_landed_events() }}
    {%- endif -%}
{% endmacro %}
