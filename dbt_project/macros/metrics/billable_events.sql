{# The events of a metric, each with the windows it counts in: contract_id, window_start,
   window_end, price_book (for `lookup`), event_type, event_date, timestamp, event_seq,
   transaction_id, properties and property_texts (read them with property_text(),
   property_number()).
   Which event types: the metric's YAML. Which windows: those with new events (S-11). #}
{% macro billable_events() %}
    {#- The pre-hook reads it: dbt must build it first. A unit test has no pre-hook. -#}
    {%- if model.resource_type != 'unit_test' %}{% do ref('due_windows') %}{% endif -%}
    {%- set metric = this_metric() -%}
    {{ due_events("windows.metric = '" ~ metric.name ~ "' and windows.metric_version = " ~ metric.version) }}
{% endmacro %}
