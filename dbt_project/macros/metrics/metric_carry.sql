{# What a metric carries over into a period (S-56), or none: its event types, `by`, `having`, property
   filters, and as `key` a digest of these, by which metrics that carry the same share its states. #}
{% macro metric_carry(meta) %}
    {%- if not meta.carry -%}{{ return(none) }}{%- endif -%}
    {%- set carry = {
        'event_types': meta.event_types | sort,
        'by': meta.carry.by,
        'having': meta.carry.get('having'),
        'property_filters': meta.get('property_filters') or [],
    } -%}
    {%- do carry.update({'key': local_md5(tojson(carry, sort_keys=true))}) -%}
    {{ return(carry) }}
{% endmacro %}

{# What the billed metrics carry, each once. Known once dbt executes. #}
{% macro metric_carries() %}
    {%- set found = {} -%}
    {%- for metric, version in billed_metrics() if execute -%}
        {%- set carry = metric_carry(metric_node(metric, version).config.meta) -%}
        {%- if carry -%}{%- do found.update({carry.key: carry}) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(found.values() | list) }}
{% endmacro %}
