{# A group (JSON text) as a list of its key-value pairs. One group agrees with another when it has
   all the other's pairs: list_has_all(entries of the usage, entries of the rate) (S-21). #}
{% macro group_entries(group_text) %}
    map_entries({{ group_text }}::json::map(varchar, varchar))
{% endmacro %}
