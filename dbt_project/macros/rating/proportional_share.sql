{# Columns that give the exact share `total × part / whole` of whole numbers, `whole` above zero, cut
   down to a whole number, and the rest that was cut off as a numerator over `whole`:
   `<name>_share` and `<name>_rest`. The product can have 60 digits and a HUGEINT has 38, so it is a
   long division in steps of 10^9, each step named for the next one to use. #}
{% macro proportional_share(name, total, part, whole) %}
    {%- set base = '1000000000::hugeint' -%}
    {{ part }} // {{ whole }} - (({{ part }} % {{ whole }}) < 0)::integer as {{ name }}_whole_times,
    {{ part }} - {{ name }}_whole_times * {{ whole }} as {{ name }}_part,
    abs({{ total }}) as {{ name }}_size,
    {{ name }}_size // ({{ base }} * {{ base }} * {{ base }}) * {{ name }}_part as {{ name }}_step3,
    {{ name }}_step3 % {{ whole }} * {{ base }} + {{ name }}_size // ({{ base }} * {{ base }}) % {{ base }} * {{ name }}_part as {{ name }}_step2,
    {{ name }}_step2 % {{ whole }} * {{ base }} + {{ name }}_size // {{ base }} % {{ base }} * {{ name }}_part as {{ name }}_step1,
    {{ name }}_step1 % {{ whole }} * {{ base }} + {{ name }}_size % {{ base }} * {{ name }}_part as {{ name }}_step0,
    {{ name }}_step3 // {{ whole }} * ({{ base }} * {{ base }} * {{ base }}) + {{ name }}_step2 // {{ whole }} * ({{ base }} * {{ base }})
        + {{ name }}_step1 // {{ whole }} * {{ base }} + {{ name }}_step0 // {{ whole }} as {{ name }}_cut,
    {{ name }}_step0 % {{ whole }} as {{ name }}_cut_rest,
    {{ total }} * {{ name }}_whole_times + case
        when {{ total }} >= 0 then {{ name }}_cut
        else -{{ name }}_cut - ({{ name }}_cut_rest > 0)::integer
    end as {{ name }}_share,
    case when {{ total }} >= 0 or {{ name }}_cut_rest = 0 then {{ name }}_cut_rest else {{ whole }} - {{ name }}_cut_rest end as {{ name }}_rest,
{% endmacro %}
