{# The properties of an event as a sorted list of (key, kind, text): equal for two events exactly
   when their JSON means the same (S-8): key order, spaces and 1.0 against 1 do not matter, a number
   against a text does. No properties and empty properties mean the same. #}
{% macro comparable_properties(event) %}
    {%- set pointer = "'/' || replace(replace(property.key, '~', '~0'), '/', '~1')" -%}
    coalesce((
        select
            list(
                struct_pack(
                    key := property.key,
                    kind := case
                        when property.type in ('UBIGINT', 'BIGINT', 'DOUBLE', 'HUGEINT') then 'number'
                        else property.type
                    end,
                    text := coalesce(
                        json_extract_string({{ event }}.property_texts, {{ pointer }}),
                        regexp_replace(property.atom ->> '$', case when property.type = 'DOUBLE' then '\.0$' else '^$' end, '')
                    )
                )
                order by property.key
            )
        from json_each({{ event }}.properties) as property
    ), [])
{% endmacro %}
