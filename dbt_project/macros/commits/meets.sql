{# Whether a line meets a commit segment: its pricing unit, its service dates inside the access dates; where
   both are one day, that day inside (S-38). #}
{% macro meets(line, segment) -%}
{{ line }}.pricing_unit = {{ segment }}.pricing_unit
and {{ line }}.service_start >= {{ segment }}.starting_on
and {{ line }}.service_start < {{ segment }}.ending_before
and {{ line }}.service_end <= {{ segment }}.ending_before
{%- endmacro %}
