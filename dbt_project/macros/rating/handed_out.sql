{# What with_proportional_share() cut down, with the units that are left of `total` for the largest rests: so all
   shares of a window add up to it. `ties`: the order of equal rests. #}
{% macro handed_out(name, total, window, ties) -%}
    {{ name }}_share + (
        row_number() over ({{ window }} order by {{ name }}_rest desc, {{ ties }})
        <= {{ total }} - sum({{ name }}_share) over {{ window }}
    )::integer
{%- endmacro %}
