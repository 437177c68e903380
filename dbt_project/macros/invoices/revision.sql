{# The id of an invoice's revision (S-50): the first has none in its id; of X the second is X.r2. #}
{% macro with_revision(invoice_id, revision) -%}
    {{ invoice_id }} || case when coalesce({{ revision }}, 1) > 1 then '.r' || {{ revision }} else '' end
{%- endmacro %}

{# The id of the invoice that replaces a void one: of X it is X.r2, of X.r2 it is X.r3. #}
{% macro next_revision(invoice_id) -%}
    {{ with_revision(
        "regexp_replace(" ~ invoice_id ~ ", '\\.r\\d+$', '')",
        "(coalesce(try_cast(regexp_extract(" ~ invoice_id ~ ", '\\.r(\\d+)$', 1) as integer), 1) + 1)"
    ) }}
{%- endmacro %}
