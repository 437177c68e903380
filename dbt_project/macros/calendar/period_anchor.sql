{# The date from which the boundaries of a contract's periods are counted (S-3): its start, or the
   first of the month, quarter or year that has it. #}
{% macro period_anchor(starting_on, billing_anchor, months) -%}
    case
        when {{ billing_anchor }} = 'contract_start' then {{ starting_on }}
        else
            make_date(
                year({{ starting_on }}), (month({{ starting_on }}) - 1) // {{ months }} * {{ months }} + 1, 1
            )
    end
{%- endmacro %}
