{# 64 bits of an event's id that never change: ids meet those of the whole log by them. #}
{% macro transaction_digest(event) %}
    md5_number_lower({{ event }}.transaction_id)::ubigint
{%- endmacro %}
