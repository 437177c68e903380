{# Whole-number division, half away from zero, null when the divisor is 0: the quotient cut towards
   zero, and one more away from zero when the rest is a half of the divisor or more. #}
{% macro rounded_quotient(dividend, divisor) %}
    (
        ({{ dividend }}) // nullif({{ divisor }}, 0)
        + case
            when 2 * abs(({{ dividend }}) % nullif({{ divisor }}, 0)) >= abs({{ divisor }})
                then sign({{ dividend }}) * sign({{ divisor }})
            else 0
        end
    )
{% endmacro %}
