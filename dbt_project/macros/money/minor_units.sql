{# An amount in whole minor units of its currency or unit, which has `decimals`: 12.34 → 1234 (S-19). #}
{% macro to_minor(amount, decimals='decimals') -%}
    ({{ amount }} * [1, 10, 100, 1000, 10000][{{ decimals }} + 1])::hugeint
{%- endmacro %}

{# And back: 1234 → 12.34. #}
{% macro minor_as_amount(minor) -%}
    {{ to_amount(minor ~ '::decimal(20, 0) * [1, 0.1, 0.01, 0.001, 0.0001][decimals + 1]') }}
{%- endmacro %}
