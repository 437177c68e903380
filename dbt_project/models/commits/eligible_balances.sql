-- one row per line and commit segment that may cover it or count it
-- S-38: of its contract and pricing unit, applicable to its product and group, its service dates
-- inside the access dates. S-49: a conversion line meets unrestricted balances alone. `balance` is
-- what the segment has to give: to all open invoices together, or what it gave to the one final
-- invoice. A postpaid segment counts over all of them (`budget`).
with line_groups as (
    select distinct lines.contract_id, lines.product_id, coalesce(products.tags, []) as tags, lines.pricing_group
    from {{ ref('drawdown_candidates') }} as lines
    cross join {{ source('inputs', 'run') }} as run
    left join {{ source('price_book', 'products') }} as products
        on run.price_book = products.price_book
        and lines.product_id = products.product_id
),

applicable as (
    select distinct
        line_groups.contract_id,
        line_groups.product_id,
        line_groups.pricing_group,
        terms.commit_id,
    from line_groups
    inner join {{ ref('commit_terms') }} as terms using (contract_id)
    left join {{ source('price_book', 'commit_applies_to') }} as applies_to
        on terms.is_restricted
        and terms.price_book = applies_to.price_book
        and terms.commit_id = applies_to.commit_id
    where not terms.is_restricted
        or (
            line_groups.product_id is not null
            and coalesce(applies_to.product_id, line_groups.product_id) = line_groups.product_id
            and (applies_to.tag is null or list_contains(line_groups.tags, applies_to.tag))
            and list_has_all(
                {{ group_entries('line_groups.pricing_group') }},
                {{ group_entries('applies_to.pricing_group') }}
            )
        )
),

given as (
    -- what each segment gave to each final invoice
    select
        lines.invoice_id,
        lines.commit_id,
        lines.segment,
        {{ to_amount('-sum(lines.amount)') }} as amount,
    from {{ source('ledger', 'invoice_lines') }} as lines
    where lines.line_type = 'commit_applied'
    group by all
),

met as (
    select
        lines.contract_id,
        lines.line_order,
        segments.is_custom_unit,
        segments.commit_id,
        segments.segment,
        segments.burn_order,
        segments.rolls_over_from,
        segments.type = 'postpaid' as is_postpaid,
        segments.has_commit_rate and lines.invoice_scope = 'open' as has_commit_rate,
        case when segments.type = 'postpaid' then 'all' else lines.invoice_scope end as budget,
        case
            when segments.type = 'postpaid' then segments.granted
            when lines.invoice_scope = 'open' then segments.balance
            else given.amount
        end as balance,
    from {{ ref('drawdown_candidates') }} as lines
    inner join applicable
        on lines.contract_id = applicable.contract_id
        and lines.product_id is not distinct from applicable.product_id
        and lines.pricing_group = applicable.pricing_group
    inner join {{ ref('commit_segments') }} as segments
        on applicable.commit_id = segments.commit_id
        and lines.pricing_unit = segments.pricing_unit
        and lines.service_start >= segments.starting_on
        and lines.service_start < segments.ending_before
        and lines.service_end <= segments.ending_before
    left join given
        on lines.invoice_scope = given.invoice_id
        and segments.commit_id = given.commit_id
        and segments.segment = given.segment
    anti join {{ ref('final_true_ups') }} as settled
        on segments.type = 'postpaid'
        and segments.commit_id = settled.commit_id
    where lines.coverable > 0 or lines.converted_unit is not null
),

ranked as (
    select
        *,
        dense_rank() over (partition by contract_id, is_custom_unit order by burn_order)::integer as burn_rank,
    from met
    where balance > 0
),

-- What another segment leaves can be had only when that has met its lines, which it does first: it
-- ends earlier.
ranks as (
    select distinct commit_id, segment, burn_rank from ranked
)

select
    ranked.* exclude (rolls_over_from),
    case when ranked.budget = 'open' then sources.balance end as source_balance,
    case when ranked.budget = 'open' then ranks.burn_rank end as source_rank,
from ranked
left join {{ ref('commit_segments') }} as sources
    on ranked.commit_id = sources.commit_id
    and ranked.rolls_over_from = sources.segment
left join ranks
    on ranked.commit_id = ranks.commit_id
    and ranked.rolls_over_from = ranks.segment
