{# The quantity of a line that is an amount and nothing else (a purchase, a true-up, coverage): 1, and
   the amount itself where it does not fit a unit price. With amount_as_unit_price() their product is
   the amount. #}
{% macro amount_as_quantity(amount) -%}
    case
        when {{ fits_unit_price(amount) }} then {{ to_quantity('1') }}
        else {{ to_quantity(amount) }}
    end
{%- endmacro %}
