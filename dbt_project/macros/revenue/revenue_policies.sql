{# One row: the policies of the price book, the defaults where it has none (S-81). `keep`: of 10,000 parts of
   what is bought those that are expected to be used; with breakage at expiry all. #}
{% macro revenue_policies() %}
    select
        coalesce(bool_or(policies.value = 'allocated'), false) as is_allocated,
        (10000 - coalesce(max(policies.rate) filter (where policies.value = 'proportional'), 0) * 10000)::bigint as keep,
    from {{ source('inputs', 'run') }} as run
    left join {{ source('price_book', 'revenue_policies') }} as policies using (price_book)
{% endmacro %}
