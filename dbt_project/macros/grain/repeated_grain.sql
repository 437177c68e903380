{# The combinations of the grain's columns that stand on more than one row of a relation, among the rows
   of the due windows, of the contracts to rate or of the run's newest batch where one of these is given:
   the test `unique_grain`. #}
{% macro repeated_grain(relation, columns, due_windows=none, run=none, day='window_start', rated=none) %}
    select {% for column in columns %}tested."{{ column }}", {% endfor %}count(*) as row_count
    from {{ relation }} as tested
    {% if due_windows %}
        semi join {{ due_windows }} as due
            on tested.metric = due.metric
            and tested.metric_version = due.metric_version
            and tested.contract_id = due.contract_id
            and tested.{{ day }} = due.window_start
    {% endif %}
    {% if rated %}
        semi join {{ rated }} as rated on tested.contract_id = rated.contract_id
    {% endif %}
    {% if run %}
        where log_version = (select run.log_version from {{ run }} as run)
    {% endif %}
    group by all
    having count(*) > 1
{% endmacro %}
