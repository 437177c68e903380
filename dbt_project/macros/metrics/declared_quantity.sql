{# The quantity of a metric that is declared in YAML. A bad number counts as null (S-10): as 0 in a
   sum, not at all in the others; a group without any number has no row. #}
{% macro declared_quantity(aggregation, key) %}
    {%- if aggregation == 'sum' -%}
        {{ to_quantity('sum(coalesce(' ~ property_number(key) ~ ', 0))') }}
    {%- elif aggregation in ('max', 'min') -%}
        {{ to_quantity(aggregation ~ '(' ~ property_number(key) ~ ')') }}
    {%- elif aggregation == 'unique' -%}
        {{ to_quantity('count(distinct ' ~ property_text(key) ~ ')') }}
    {%- elif aggregation == 'latest' -%}
        {%- set number = property_number(key) -%}
        {{ to_quantity(
            'arg_max(' ~ number ~ ', row(timestamp, event_seq)) filter (where ' ~ number ~ ' is not null)'
        ) }}
    {%- else -%}
        {{ to_quantity('count(*)') }}
    {%- endif -%}
{% endmacro %}
