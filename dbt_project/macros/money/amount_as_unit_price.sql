{# The unit price of a line that is an amount and nothing else: the amount, and 1 from 10^10 on, which no
   unit price holds (S-18). See amount_as_quantity(). #}
{% macro amount_as_unit_price(amount) -%}
    case
        when {{ fits_unit_price(amount) }} then {{ to_unit_price(amount) }}
        else {{ to_unit_price('1') }}
    end
{%- endmacro %}
