{# The months of a billing frequency (S-3). In Python: meterhouse/common/periods.py. #}
{% macro frequency_months(frequency) -%}
    case {{ frequency }} when 'monthly' then 1 when 'quarterly' then 3 when 'annual' then 12 end
{%- endmacro %}
