{# The rows of period_limits, each with what it states: `line_type`, cap or minimum, and `stated_amount`. A row
   with both amounts is both (S-57). #}
{% macro stated_limits() %}
(
    select *, 'cap' as line_type, maximum_amount as stated_amount
    from {{ source('price_book', 'period_limits') }}
    where maximum_amount is not null
    union all
    select *, 'minimum' as line_type, minimum_amount as stated_amount
    from {{ source('price_book', 'period_limits') }}
    where minimum_amount is not null
)
{% endmacro %}

{# The order in which limits of one kind are worked out (S-57): of products, of tags, of everything. #}
{% macro limit_order(limits) -%}
    {{ limits }}.applies_to_product_id is null, {{ limits }}.applies_to_tag is null, {{ limits }}.limit_id
{%- endmacro %}

{# Whether a limit counts the lines of a product: it names it, a tag that it carries, or neither (S-57). #}
{% macro counts_product(limits, product_id, tags) -%}
    coalesce({{ limits }}.applies_to_product_id, {{ product_id }}) = {{ product_id }}
    and ({{ limits }}.applies_to_tag is null or list_contains({{ tags }}, {{ limits }}.applies_to_tag))
{%- endmacro %}
