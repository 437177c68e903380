{# Paths of the log files that a table has not read yet, up to the version this run is pinned to.
   An explicit list, never a glob: a torn or foreign file in the folder is never read. #}
{% macro new_log_files(relation) %}
    {% if not execute %}{{ return([]) }}{% endif %}
    {% set query %}
        select log_files.path
        from {{ source('inputs', 'log_files') }} as log_files
        where log_files.path is not null
            and log_files.log_version <= (select log_version from {{ source('inputs', 'run') }})
            {% if relation %}
                and log_files.log_version > (select coalesce(max(log_version), -1) from {{ relation }})
            {% endif %}
        order by log_files.log_version
    {% endset %}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}
