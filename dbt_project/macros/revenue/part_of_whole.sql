{# What a row weighs of all: `raw_part` of `raw_total`, or one of `part_count` where that is zero. #}
{% macro part_of_whole(relation) -%}
    (
        select
            *,
            case when raw_total = 0 then part_count else abs(raw_total) end::hugeint as whole,
            case when raw_total = 0 then 1 else raw_part * sign(raw_total) end::hugeint as part,
        from {{ relation }}
    )
{%- endmacro %}
