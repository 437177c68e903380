{# numerator / denominator, exact to 10 decimals, half away from zero (S-18), null when the
   denominator is 0. DuckDB's own `/` on decimals goes through DOUBLE. Both sides are read with 10
   decimals. Room: a numerator below 10^18. #}
{% macro exact_divide(numerator, denominator) %}
    {{ from_scaled(
        rounded_quotient(to_scaled(numerator) ~ ' * 10000000000::hugeint', to_scaled(denominator))
    ) }}
{% endmacro %}
