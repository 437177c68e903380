{# An aggregate: sum(value × weight) / total, exact to 10 decimals, half away from zero (S-18).
   Weights and total are whole numbers, the total the same on every row of a group, such as the
   microseconds of a window. A value of 10^15 over a year of them does not fit 128 bits, so each
   value is divided by the total first, and whole quotients and remainders are summed apart. `scaled_sum`
   is added to each product: a whole number of 10^-10 parts that was weighted before. #}
{% macro exact_weighted_sum(value, weight, total, scaled_sum='0') %}
    {%- set scaled = to_scaled(value) -%}
    {%- set total = '((' ~ total ~ ')::hugeint)' -%}
    {%- set before = '((' ~ scaled_sum ~ ')::hugeint)' -%}
    {%- set quotients = 'sum(' ~ scaled ~ ' // ' ~ total ~ ' * (' ~ weight ~ ') + ' ~ before ~ ' // ' ~ total ~ ')' -%}
    {%- set remainders = 'sum(' ~ scaled ~ ' % ' ~ total ~ ' * (' ~ weight ~ ') + ' ~ before ~ ' % ' ~ total ~ ')' -%}
    {%- set whole = '(' ~ quotients ~ ' + ' ~ remainders ~ ' // ' ~ total ~ ')' -%}
    {%- set rest = '(' ~ remainders ~ ' % ' ~ total ~ ')' -%}
    {{ from_scaled(
        whole ~ ' + case when 2 * abs(' ~ rest ~ ') > ' ~ total
        ~ ' or (2 * abs(' ~ rest ~ ') = ' ~ total ~ ' and sign(' ~ whole ~ ') * sign(' ~ rest ~ ') >= 0)'
        ~ ' then sign(' ~ rest ~ ') else 0 end'
    ) }}
{% endmacro %}
