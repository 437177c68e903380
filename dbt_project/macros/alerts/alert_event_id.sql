{# The id of an alert that fired or resolved. It follows from what it says and not from when a run saw it, so
   that whatever ends between two steps, nobody is told twice (S-70); `meterhouse verify` works it out again. #}
{% macro alert_event_id() -%}
    'alert_' || left(sha256(to_json([
        alert_id, contract_id, kind, metric, pricing_group, pricing_unit, period_start::varchar,
        threshold::varchar, change, occurrence::varchar
    ])::varchar), 32)
{%- endmacro %}
