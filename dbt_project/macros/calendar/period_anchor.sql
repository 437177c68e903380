{# The date from which the boundaries of a contract's periods are counted (S-3): its start, or the
   Monday of its week, or the first of the months, counted from January, that have it. #}
{% macro period_anchor(starting_on, billing_anchor, step) -%}
    case
        when {{ billing_anchor }} = 'contract_start' then {{ starting_on }}
        when {{ step }}['months'] = 0 then date_trunc('week', {{ starting_on }})::date
        else
            make_date(
                year({{ starting_on }}),
                (month({{ starting_on }}) - 1) // {{ step }}['months'] * {{ step }}['months'] + 1,
                1
            )
    end
{%- endmacro %}
