-- one row per prepaid commit or credit of a contract that this run computes: the pool that its price is earned with
-- S-81: what a pool cost is earned as its balance is used. free_credit = zero: each commit is a pool, and what
-- a free one pays is no revenue. allocated: commits and credits of a contract in one unit whose days meet
-- are one pool, so that what was paid is spread over paid and free. The amounts are those that were bought,
-- whatever of them a payment that does not come keeps back (S-73). Read from the price book itself, so that
-- a contract on hold keeps what it has earned.
{{ config(materialized='view') }}

with accesses as (
    select
        commits.commit_id, commits.contract_id, commits.product_id, commits.pricing_unit, commits.type,
        rate_cards.currency,
        min(access.starting_on) as starting_on,
        max(access.ending_before) as ending_before,
        coalesce(
            sum({{ cut_to_unit('access.amount', 'units.decimals') }}) filter (where access.rolls_over_from is null), 0
        ) as granted,
    from {{ source('inputs', 'run') }} as run
    inner join {{ to_rate(source('price_book', 'commits')) }} as commits using (price_book)
    inner join {{ source('price_book', 'commit_access') }} as access using (price_book, commit_id)
    inner join {{ source('price_book', 'contracts') }} as contracts
        on commits.price_book = contracts.price_book and commits.contract_id = contracts.contract_id
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards
        on contracts.price_book = rate_cards.price_book and contracts.rate_card_id = rate_cards.rate_card_id
    inner join {{ source('price_book', 'pricing_units') }} as units
        on commits.price_book = units.price_book and commits.pricing_unit = units.pricing_unit
    where commits.type <> 'postpaid'
    group by all
    union all by name
    select
        commit_id, contract_id, product_id, pricing_unit, 'prepaid' as type, pricing_unit as currency,
        starting_on, ending_before, amount as granted,
    from {{ to_rate(ref('automatic_commits')) }}
),

-- what was asked for it, is asked now, and will be
prices as (
    select commit_id, sum(amount) as price
    from (
        select lines.commit_id, lines.amount
        from {{ ref('booked_lines') }} as lines
        inner join {{ ref('booked_invoices') }} as invoices using (invoice_id)
        where lines.line_type = 'commit_purchase' and invoices.voided_on is null
        union all
        select invoices.commit_id, {{ round_to_unit('invoices.amount', 'units.decimals') }} as amount
        from {{ source('inputs', 'run') }} as run
        inner join {{ source('price_book', 'commit_invoices') }} as invoices
            on run.price_book = invoices.price_book and invoices.invoice_on > run.as_of
        inner join accesses on invoices.commit_id = accesses.commit_id and accesses.type = 'prepaid'
        inner join {{ source('price_book', 'pricing_units') }} as units
            on run.price_book = units.price_book and accesses.currency = units.pricing_unit
    )
    group by all
),

stretches as (
    select
        *,
        coalesce(starting_on >= max(ending_before) over (
            partition by contract_id, pricing_unit order by starting_on, ending_before, commit_id
            rows between unbounded preceding and 1 preceding
        ), false)::integer as begins,
    from accesses
),

pooled as (
    select
        stretches.*,
        coalesce(prices.price, 0) as price,
        policies.keep,
        case
            when policies.is_allocated
                then concat_ws('.', contract_id, pricing_unit, sum(begins) over (
                    partition by contract_id, pricing_unit order by starting_on, ending_before, commit_id
                ))
            else commit_id
        end as pool_id,
    from stretches
    left join prices using (commit_id)
    cross join ({{ revenue_policies() }}) as policies
)

select
    pooled.commit_id,
    pooled.contract_id,
    pooled.product_id,
    pooled.pricing_unit,
    pooled.currency,
    currencies.decimals,
    pooled.pool_id,
    {{ to_amount('sum(pooled.price) over pool') }} as price,
    {{ to_amount('sum(pooled.granted) over pool') }} as granted,
    pooled.keep,
from pooled
cross join {{ source('inputs', 'run') }} as run
inner join {{ source('price_book', 'pricing_units') }} as currencies
    on run.price_book = currencies.price_book and pooled.currency = currencies.pricing_unit
window pool as (partition by pooled.contract_id, pooled.pool_id)
