{# The part of a metric's group that a list of keys names, as JSON text with sorted keys (the lists
   of the price book are sorted): `{"model":"a","user_id":"u"}` and [model] give `{"model":"a"}`. #}
{% macro group_subset(metric_group, keys) %}
    to_json(map_from_entries(list_transform(
        {{ keys }}, lambda group_key: struct_pack(k := group_key, v := {{ metric_group }} ->> group_key)
    )))::varchar
{% endmacro %}
