{# Values of a property filter as a SQL list of texts: `true` and 1.0 of YAML are `true` and `1`. #}
{% macro declared_values(values) -%}
    (
        {%- for value in values -%}
            {%- set text = value if value is string else modules.re.sub('\\.0$', '', tojson(value)) -%}
            '{{ text | replace("'", "''") }}'{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
