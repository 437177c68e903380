-- one row per contract, product, pricing group and commit that applies to them (S-38)
-- Of what stands on open invoices, and on final ones that balances may still touch. A conversion line has
-- no product: balances that are not restricted alone apply to it (S-49), and so it is with a cap (S-57), the
-- one line of a fixed product on these invoices.
with line_groups as (
    select contract_id, product_id, pricing_group from {{ ref('drawdown_candidates') }}
    union
    select contract_id, product_id, pricing_group from {{ ref('final_lines') }}
),

groups as (
    select line_groups.*, coalesce(products.tags, []) as tags, products.type = 'fixed' as is_cap
    from line_groups
    cross join {{ source('inputs', 'run') }} as run
    left join {{ source('price_book', 'products') }} as products
        on run.price_book = products.price_book
        and line_groups.product_id = products.product_id
)

select distinct
    groups.contract_id,
    groups.product_id,
    groups.pricing_group,
    terms.commit_id,
from groups
inner join {{ ref('commit_terms') }} as terms using (contract_id)
left join {{ source('price_book', 'commit_applies_to') }} as applies_to
    on terms.is_restricted
    and terms.price_book = applies_to.price_book
    and terms.commit_id = applies_to.commit_id
where not terms.is_restricted
    or (
        groups.product_id is not null
        and groups.is_cap is distinct from true
        and coalesce(applies_to.product_id, groups.product_id) = groups.product_id
        and (applies_to.tag is null or list_contains(groups.tags, applies_to.tag))
        and list_has_all(
            {{ group_entries('groups.pricing_group') }},
            {{ group_entries('applies_to.pricing_group') }}
        )
    )
