-- one row per contract, product, pricing group and stretch of days of a commit segment that applies to the group
-- S-38: a commit applies to what its `commit_applies_to` rows name, a row without product and tag to
-- any product; a commit without rows applies to everything of its contract.
-- What a threshold bought applies to everything (S-58). A commit that waits for its payment is there on the days
-- for which it is paid (S-73).
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
        service.starting_on,
        service.ending_before,
    from {{ ref('priced_groups') }} as priced_groups
    inner join {{ ref('automatic_commits') }} as commits using (contract_id)
    inner join {{ ref('commit_service') }} as service
        on commits.commit_id = service.commit_id
        and service.price_book is null
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
    service.segment,
    service.starting_on,
    service.ending_before,
from applicable
inner join {{ ref('commit_service') }} as service using (price_book, commit_id)
union all
select * from automatic
