{# The combination of an event's `by` properties, of which the latest event is carried over (S-56): their
   texts of S-15 as a JSON array, null where the event has none. #}
{% macro carried_by(carry) -%}
    json_array(
        {%- for key in carry.by %}{{ property_text(key) }}{{ ', ' if not loop.last }}{% endfor -%}
    )::varchar
{%- endmacro %}

{# Whether an event can be carried over: it passes the metric's filters and has the number. #}
{% macro can_be_carried(carry) -%}
    {{ declared_conditions(carry) }}
    {%- if carry.having %} and {{ property_number(carry.having) }} is not null{% endif %}
{%- endmacro %}
