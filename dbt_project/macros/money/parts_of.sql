{# An amount from 0 to below a billion as the whole number of its 10^-4 parts, in a BIGINT. #}
{% macro parts_of(amount) %}(({{ amount }})::decimal(13, 4) * 10000::decimal(5, 0))::bigint{% endmacro %}
