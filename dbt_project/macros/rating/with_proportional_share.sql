{# A relation with the exact share `total × part / whole` of whole numbers, `whole` above zero, cut down to
   a whole number, and the rest that was cut off as a numerator over `whole`: columns `<name>_share` and
   `<name>_rest`.
   The product can have 60 digits and a HUGEINT has 38, so it is a long division in steps of 10^9. Where the
   product has room, as it nearly always has, the last step does all: a HUGEINT is dear to divide.
   Selects in one another, because DuckDB writes out a column that is named in its own select wherever
   it is used: in one select draft_line_breakdowns took 0.33 instead of 0.06 s to plan (docs/tried.md). #}
{% macro with_proportional_share(relation, name, total, part, whole) %}
    {%- set base = '1000000000::hugeint' -%}
    (
        select
            * exclude (share_size, share_times, share_part, has_room, step3, step2, step1, step0, cut, cut_rest),
            {{ total }} * share_times
                + case when {{ total }} >= 0 then cut else -cut - (cut_rest > 0)::integer end as {{ name }}_share,
            case when {{ total }} >= 0 or cut_rest = 0 then cut_rest else {{ whole }} - cut_rest end as {{ name }}_rest,
        from (
            select
                *,
                step0 // {{ whole }} + case
                    when has_room then 0
                    else
                        step3 // {{ whole }} * ({{ base }} * {{ base }} * {{ base }})
                        + step2 // {{ whole }} * ({{ base }} * {{ base }}) + step1 // {{ whole }} * {{ base }}
                end as cut,
                step0 % {{ whole }} as cut_rest,
            from (
                select *, case
                    when has_room then share_size * share_part
                    else step1 % {{ whole }} * {{ base }} + share_size % {{ base }} * share_part
                end as step0
                from (
                    select *, case when not has_room
                        then step2 % {{ whole }} * {{ base }} + share_size // {{ base }} % {{ base }} * share_part
                    end as step1
                    from (
                        select *, case when not has_room
                            then step3 % {{ whole }} * {{ base }}
                                + share_size // ({{ base }} * {{ base }}) % {{ base }} * share_part
                        end as step2
                        from (
                            select *, case when not has_room
                                then share_size // ({{ base }} * {{ base }} * {{ base }}) * share_part
                            end as step3
                            from (
                                select
                                    *,
                                    {{ part }} - share_times * {{ whole }} as share_part,
                                    share_size < {{ base }} * {{ base }} and {{ whole }} < {{ base }} * {{ base }}
                                        as has_room,
                                from (
                                    select *, abs({{ total }}) as share_size, case
                                        when {{ part }} >= 0 and {{ part }} < {{ whole }} then 0
                                        else {{ part }} // {{ whole }} - (({{ part }} % {{ whole }}) < 0)::integer
                                    end as share_times
                                    from {{ relation }} as given
                                )
                            )
                        )
                    )
                )
            )
        )
    )
{%- endmacro %}
