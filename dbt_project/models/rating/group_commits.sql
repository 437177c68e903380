-- one row per contract, product, pricing group and commit segment that applies to the group
-- S-38: a commit applies to what its `commit_applies_to` rows name, a row without product and tag to
-- any product; a commit without rows applies to everything of its contract.
-- What a threshold bought applies to everything (S-58).
with contract_groups as (
    select distinct price_book, contract_id, product_id, tags, pricing_group
    from {{ ref('priced_groups') }}
    semi join {{ source('price_book', 'commits') }} using (price_book, contract_id)
),

automatic as (
    select distinct
        priced_groups.price_book,
        priced_groups.contract_id,
        priced_groups.product_id,
        priced_groups.pricing_group,
        commits.commit_id,
        commits.pricing_unit,
        1 as segment,
        commits.starting_on,
        commits.ending_before,
    from {{ ref('priced_groups') }} as priced_groups
    inner join {{ ref('automatic_commits') }} as commits using (contract_id)
),

applicable as (
    select distinct
        contract_groups.price_book,
        contract_groups.contract_id,
        contract_groups.product_id,
        contract_groups.pricing_group,
        commits.commit_id,
        commits.pricing_unit,
    from contract_groups
    inner join {{ source('price_book', 'commits') }} as commits using (price_book, contract_id)
    left join {{ source('price_book', 'commit_applies_to') }} as applies_to
        on commits.price_book = applies_to.price_book
        and commits.commit_id = applies_to.commit_id
    where applies_to.commit_id is null
        or (
            coalesce(applies_to.product_id, contract_groups.product_id) = contract_groups.product_id
            and (applies_to.tag is null or list_contains(contract_groups.tags, applies_to.tag))
            and list_has_all(
                {{ group_entries('contract_groups.pricing_group') }},
        {{ group_entries('applies_to.pricing_group') }}
            )
        )
)

select
    applicable.*,
    commit_access.segment,
    commit_access.starting_on,
    commit_access.ending_before,
from applicable
inner join
    {{ source('price_book', 'commit_access') }} as commit_access
    using (price_book, commit_id)
union all
select * from automatic
