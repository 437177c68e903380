{# The group of a metric's row as JSON text: its group keys sorted, each with its text or null. The
   keys are declared in the metric's YAML and known once dbt executes. #}
{% macro metric_group(metric, version) %}
    {%- if execute -%}
        json_object(
            {%- for key in metric_node(metric, version).config.meta.group_keys | sort -%}
                '{{ key }}', {{ key }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        )::varchar
    {%- else -%}
        null::varchar
    {%- endif -%}
{% endmacro %}
