-- one row per contract, product, pricing group and override that agrees with the group
-- S-32: overrides name a product or a tag, and optionally a group that must agree as a rate's does.
-- Of those that stand on one date, the lowest rank applies; entitlements are ranked beside prices.
with contract_groups as (
    select distinct price_book, contract_id, product_id, tags, pricing_group
    from {{ ref('priced_groups') }}
    semi join {{ source('price_book', 'contract_overrides') }} using (price_book, contract_id)
)

select
    contract_groups.price_book,
    contract_groups.contract_id,
    contract_groups.product_id,
    contract_groups.pricing_group,
    overrides.override_id,
    overrides.override_type,
    overrides.starting_on,
    overrides.ending_before,
    overrides.entitled,
    row_number() over (
        partition by
            contract_groups.price_book, contract_groups.contract_id, contract_groups.product_id,
            contract_groups.pricing_group, overrides.override_type = 'entitlement'
        order by
            overrides.override_type = 'multiplier',
            case when overrides.override_type = 'multiplier' then overrides.multiplier end,
            case when overrides.override_type = 'multiplier' then overrides.override_id end,
            overrides.priority desc,
            overrides.starting_on desc,
            overrides.override_id desc
    )::integer as override_rank,
from contract_groups
inner join {{ source('price_book', 'contract_overrides') }} as overrides
    on contract_groups.price_book = overrides.price_book
    and contract_groups.contract_id = overrides.contract_id
    and (
        contract_groups.product_id = overrides.product_id
        or list_contains(contract_groups.tags, overrides.tag)
    )
where list_has_all(
        {{ group_entries('contract_groups.pricing_group') }},
        {{ group_entries('overrides.pricing_group') }}
    )
