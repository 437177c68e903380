{# 64 bits of an event's id: ids meet those of the whole log by them. DuckDB's own hash costs a tenth
   of MD5 and may change with its version: renew_digests() sees to that. #}
{% macro transaction_digest(event) %}
    hash({{ event }}.transaction_id)
{%- endmacro %}
