{# The id of the invoice that replaces a void one (S-50): of X it is X.r2, of X.r2 it is X.r3. #}
{% macro next_revision(invoice_id) -%}
    regexp_replace({{ invoice_id }}, '\.r\d+$', '')
    || '.r' || (coalesce(try_cast(regexp_extract({{ invoice_id }}, '\.r(\d+)$', 1) as integer), 1) + 1)
{%- endmacro %}
