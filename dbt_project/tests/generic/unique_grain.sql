{# Fails on every combination of the grain's columns that stands on more than one row. Nulls are
   values here: two rows with the same null group are one group twice. A table that only grows is
   looked at in its newest batch (`newest_batch_only`), so that a run costs its new events. #}
{% test unique_grain(model, columns, newest_batch_only=false) %}
    
    select {% for column in columns %}{{ adapter.quote(column) }}, {% endfor %}count(*) as row_count
    from {{ model }}
{% if newest_batch_only %}
        where log_version = (select run.log_version from {{ source('inputs', 'run') }} as run)
    {% endif %}
    group by all
    having count(*) > 1
{% endtest %}
