{# What changes when a metric computes something else: the digest of its SQL, and of its YAML where
   that is the metric; of how its days roll up too, since that decides what is stored of a day. #}
{% macro metric_checksum(node) %}
    {%- set meta = node.config.meta -%}
    {%- set sql = node.checksum.checksum -%}
    {{ return(local_md5(sql ~ metric_rollup(meta) ~ tojson(meta, sort_keys=true)) if meta.aggregation else sql) }}
{% endmacro %}
