-- one row per commit of the run's price book, or bought by a threshold: what it is, and what decides its
-- place in the burn order
-- S-39: a tag counts as the products that carry it, rows that name only a group count no product. A
-- postpaid commit is held in the card's currency (S-37).
with products_named as (
    select commit_id, count(distinct products.product_id) as products
    from {{ source('price_book', 'commit_applies_to') }} as applies_to
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    inner join {{ source('price_book', 'products') }} as products
        on applies_to.price_book = products.price_book
        and (applies_to.product_id = products.product_id or list_contains(products.tags, applies_to.tag))
    group by all
),

rows_named as (
    select
        commit_id,
        count(*) filter (where product_id is null and tag is null) as group_only_rows,
        bool_or(product_id is not null or tag is not null or pricing_group <> '{}') as is_restricted,
    from {{ source('price_book', 'commit_applies_to') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    group by all
),

invoiced as (
    select distinct commit_id
    from {{ source('price_book', 'commit_invoices') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
)

select
    commits.price_book,
    commits.commit_id,
    commits.contract_id,
    contracts.customer_id,
    contracts.rate_card_id,
    commits.name as commit_name,
    commits.type,
    commits.product_id,
    products.name as product_name,
    rate_cards.currency,
    case when commits.type = 'postpaid' then rate_cards.currency else commits.pricing_unit end as pricing_unit,
    units.kind = 'custom' as is_custom_unit,
    units.decimals,
    commits.priority,
    commits.type = 'credit' or invoiced.commit_id is null as is_free,
    coalesce(products_named.products, 0)::integer as products,
    coalesce(rows_named.group_only_rows, 0)::integer as group_only_rows,
    coalesce(rows_named.is_restricted, false) as is_restricted,
    commits.rate_type = 'commit' and commits.type <> 'postpaid' as has_commit_rate,
    false as is_automatic,
from {{ source('price_book', 'commits') }} as commits
inner join {{ source('inputs', 'run') }} as run using (price_book)
inner join {{ ref('active_contracts') }} as contracts
    on run.price_book = contracts.price_book
    and commits.contract_id = contracts.contract_id
inner join {{ source('price_book', 'rate_cards') }} as rate_cards
    on run.price_book = rate_cards.price_book
    and contracts.rate_card_id = rate_cards.rate_card_id
inner join {{ source('price_book', 'products') }} as products
    on commits.price_book = products.price_book
    and commits.product_id = products.product_id
inner join {{ source('price_book', 'pricing_units') }} as units
    on commits.price_book = units.price_book
    and units.pricing_unit = case when commits.type = 'postpaid' then rate_cards.currency else commits.pricing_unit end
left join products_named using (commit_id)
left join rows_named using (commit_id)
left join invoiced using (commit_id)
union all by name
-- S-58: a paid commit for everything, in the card's currency, as the ledger has it
select
    {{ automatic_terms('automatic', 'contracts') }},
    units.decimals,
from {{ ref('automatic_commits') }} as automatic
inner join {{ ref('active_contracts') }} as contracts using (contract_id)
inner join {{ source('price_book', 'pricing_units') }} as units
    on contracts.price_book = units.price_book
    and automatic.pricing_unit = units.pricing_unit
