{# What commits.commit_terms says of a commit that a threshold buys (S-58): paid for, for everything of its
   contract, in the card's currency. `commits` and `contracts` are aliases. #}
{% macro automatic_terms(commits, contracts) -%}
    {{ contracts }}.price_book,
    {{ commits }}.commit_id,
    {{ contracts }}.contract_id,
    {{ contracts }}.customer_id,
    {{ contracts }}.rate_card_id,
    {{ commits }}.product_name as commit_name,
    'prepaid' as type,
    {{ commits }}.product_id,
    {{ commits }}.product_name,
    {{ commits }}.pricing_unit as currency,
    {{ commits }}.pricing_unit,
    false as is_custom_unit,
    100 as priority,
    false as is_free,
    0 as products,
    0 as group_only_rows,
    false as is_restricted,
    false as has_commit_rate,
    true as is_automatic
{%- endmacro %}
