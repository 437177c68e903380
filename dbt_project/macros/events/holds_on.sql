{# Whether an id that an event may carry is the customer's on that day (S-9): an alias may have dates. #}
{% macro holds_on(identities, day) -%}
    ({{ identities }}.starting_on is null or {{ day }} >= {{ identities }}.starting_on)
    and ({{ identities }}.ending_before is null or {{ day }} < {{ identities }}.ending_before)
{%- endmacro %}
