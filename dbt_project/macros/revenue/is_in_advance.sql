{# Whether a line is charged ahead of its days: a subscription on a scheduled invoice (S-34), refunds too. #}
{% macro is_in_advance(lines='lines') -%}
    ({{ lines }}.line_type = 'subscription' and invoices.invoice_type = 'scheduled')
{%- endmacro %}
