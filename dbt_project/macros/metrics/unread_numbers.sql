{# What an event gives a metric version that is no number, as a SQL list of structs with nulls between
   them: (metric, metric_version, property, reason). A property that is there and is no number is listed
   (S-10); one that is missing only if the metric reads no number from the event at all (S-53). #}
{% macro unread_numbers(metric, version, properties) %}
    {%- set nothing = nothing_read(properties) -%}
    {%- for property in properties %}
        case
            when not ({{ metric_takes(metric, version) }}) then null
            when {{ is_bad_number(property) }}
                then {{ unread_number(metric, version, property, 'not_a_number') }}
            when {{ nothing }} and {{ property_value(property) }} is null
                then {{ unread_number(metric, version, property, 'missing') }}
        end,
    {%- endfor %}
{% endmacro %}

{# Whether none of the properties gives a number. #}
{% macro nothing_read(properties) -%}
    (
    {%- for property in properties -%}
        {{ ' and ' if not loop.first }}{{ has_no_number(property) }}
    {%- endfor -%}
    )
{%- endmacro %}

{# Whether a metric takes an event of its types: the filters that it declares. What a metric that is
   written in SQL leaves out is not known here. #}
{% macro metric_takes(metric, version) -%}
    {{ declared_conditions(metric_node(metric, version).config.meta) }}
{%- endmacro %}

{% macro unread_number(metric, version, property, reason) -%}
    struct_pack(
        metric := '{{ metric }}',
        metric_version := {{ version }},
        property := '{{ property | replace("'", "''") }}',
        reason := '{{ reason }}'
    )
{%- endmacro %}
