{# The median of a sorted list of quantities, exactly: DuckDB's own of decimals rounds in its way. #}
{% macro median_of(sorted) -%}
    {{ to_quantity(
        '(' ~ sorted ~ '[(len(' ~ sorted ~ ') + 1) // 2] + ' ~ sorted ~ '[len(' ~ sorted ~ ') // 2 + 1])'
        ~ ' * 0.5::decimal(2, 1)'
    ) }}
{%- endmacro %}
