{# Q = max(0, R(C(V))) of S-17: convert, never below zero, round in whole 10^-10 parts. Rounding sees
   positive numbers alone, so `up` and `half_up` need no rule for negative ones. #}
{% macro billed_quantity(running_value, product) %}
    {%- set converted -%}
        greatest(0::hugeint, {{ to_scaled(
            "case " ~ product ~ ".conversion_operation"
            ~ " when 'multiply' then (" ~ running_value ~ " * " ~ product ~ ".conversion_factor)::decimal(28, 10)"
            ~ " when 'divide' then " ~ exact_divide(running_value, product ~ ".conversion_factor")
            ~ " else " ~ running_value ~ " end"
        ) }})
    {%- endset -%}
    {%- set step -%}
        [10000000000, 1000000000, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1]
        [least({{ product }}.rounding_decimals, 10) + 1]::hugeint
    {%- endset -%}
    {{ from_scaled(
        "case " ~ product ~ ".rounding_method"
        ~ " when 'up' then (" ~ converted ~ " + " ~ step ~ " - 1) // " ~ step ~ " * " ~ step
        ~ " when 'down' then " ~ converted ~ " // " ~ step ~ " * " ~ step
        ~ " when 'half_up' then (" ~ converted ~ " + " ~ step ~ " // 2) // " ~ step ~ " * " ~ step
        ~ " else " ~ converted ~ " end"
    ) }}
{% endmacro %}
