{# 100 * part / whole of amounts (with at most 4 decimals), exact to 10 decimals, half away from zero, null
   where the whole is 0: what exact_divide gives. From 0 to below 900 million it is a long division in two
   steps of six digits, which have room in a BIGINT: twenty times as fast as one of HUGEINTs, and an alert
   asks it of every customer. #}
{% macro percent_of(part, whole) %}
    {%- set most = '899999999.9999' -%}
    {%- set first = '(' ~ parts_of(part) ~ ' * 1000000)' -%}
    {%- set by = parts_of(whole) -%}
    {%- set second = '((' ~ first ~ ' % ' ~ by ~ ') * 1000000)' -%}
    case
        when {{ part }} between 0 and {{ most }} and {{ whole }} between 0.0001 and {{ most }}
            then {{ to_quantity(
                '(' ~ first ~ ' // ' ~ by ~ ')::decimal(28, 0) * 0.0001 + ('
                ~ second ~ ' // ' ~ by ~ ' + (2 * (' ~ second ~ ' % ' ~ by ~ ') >= ' ~ by ~ ')::integer'
                ~ ')::decimal(18, 0) * 0.0000000001'
            ) }}
        else {{ exact_divide('(' ~ part ~ ') * 100', whole) }}
    end
{% endmacro %}
