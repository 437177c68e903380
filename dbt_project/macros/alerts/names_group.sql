{# Whether a row of alerts.csv is of a metric's group: each key that it names has its value there, or `*`. #}
{% macro names_group(named, metric_group) -%}
    len(list_filter(
        json_keys({{ named }}),
        lambda key_name: {{ named }} ->> key_name <> '*'
            and {{ named }} ->> key_name is distinct from {{ metric_group }} ->> key_name
    )) = 0
{%- endmacro %}
