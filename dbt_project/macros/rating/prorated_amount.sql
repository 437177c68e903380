{# quantity × unit price × days / full_days, rounded once to a pricing unit's decimals, half away from
   zero (S-35). Counted in whole 10^-20 parts: the full price is divided first and its rest after
   it, so nothing overflows; cutting off what is below 10^-20 cannot move a half. #}
{% macro prorated_amount(quantity, unit_price, days, full_days, decimals) %}
    {%- set full_price = '(' ~ to_scaled(quantity) ~ ' * ' ~ to_scaled(unit_price) ~ ')' -%}
    {%- set prorated -%}
        ({{ full_price }} // {{ full_days }} * {{ days }} + {{ full_price }} % {{ full_days }} * {{ days }} // {{ full_days }})
    {%- endset -%}
    case {{ decimals }}
        {% for n in range(5) %}
            when {{ n }} then (
                {{ rounded_quotient(prorated, '1' ~ '0' * (20 - n) ~ '::hugeint') }}::decimal(20, 0)
                * {{ '1' if n == 0 else '0.' ~ '0' * (n - 1) ~ '1' }}::decimal({{ n + 1 }}, {{ n }})
            )::decimal(20, 4)
        {% endfor %}
    end
{% endmacro %}
