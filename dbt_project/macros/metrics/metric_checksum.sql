{# What changes when a metric computes something else: the digest of its SQL, and of its YAML where
   that is the metric. #}
{% macro metric_checksum(node) %}
    {%- set sql = node.checksum.checksum -%}
    {{ return(local_md5(sql ~ tojson(node.config.meta, sort_keys=true)) if node.config.meta.aggregation else sql) }}
{% endmacro %}
