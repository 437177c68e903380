{# Place among the segments of a contract, the one used first at 1 (S-39). What a threshold bought pays what
   all other balances leave (S-58). The order ends in the segment, so what rolled over comes before the
   grant of the same days. #}
{% macro burn_order(segments) -%}
row_number() over (
    partition by {{ segments }}.contract_id
    order by
        {{ segments }}.type = 'postpaid',
        {{ segments }}.is_automatic,
        {{ segments }}.priority,
        not {{ segments }}.is_free,
        {{ segments }}.products = 0,
        {{ segments }}.products,
        {{ segments }}.group_only_rows,
        {{ segments }}.ending_before,
        {{ segments }}.starting_on,
        {{ segments }}.commit_id,
        {{ segments }}.segment
)::integer
{%- endmacro %}
