{# What the YAML of the metric that is being built declares. A unit test does not know its metric's
   YAML: it says `overrides: {macros: {declared_meta: *name}}`, the anchor that `meta` has. #}
{% macro declared_meta() %}
    {{ return(metric_node(this_metric().name, this_metric().version).config.meta) }}
{% endmacro %}
