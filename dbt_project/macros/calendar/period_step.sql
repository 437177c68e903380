{# The full period of a billing frequency (S-3): so many months, or, where these are 0, so many days.
   In Python: meterhouse/common/periods.py. #}
{% macro period_step(frequency) -%}
    case {{ frequency }}
        when 'weekly' then {'months': 0, 'days': 7}
        when 'monthly' then {'months': 1, 'days': 0}
        when 'every_two_months' then {'months': 2, 'days': 0}
        when 'quarterly' then {'months': 3, 'days': 0}
        when 'semiannual' then {'months': 6, 'days': 0}
        when 'annual' then {'months': 12, 'days': 0}
    end
{%- endmacro %}
