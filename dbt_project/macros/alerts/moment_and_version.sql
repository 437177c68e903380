{# A day and a version as one number that sorts by the day first: its maximum and a join by it take a
   third of what those of a pair take. #}
{% macro moment_and_version(day, version) -%}
    (({{ day }} - date '1970-01-01')::bigint * 4294967296 + {{ version }})
{%- endmacro %}
