-- one row per segment of a commit that gives no balance until its purchase invoice is paid (S-73)
-- Of all loaded price books, and of what thresholds bought (S-58), without one. A segment is paid for by the
-- last purchase dated on or before its start, else by the first; what rolls over, by that of the segment it
-- comes from. There is nothing to wait for where the purchase is of 0.
{{ config(materialized='view') }}

with gated as (
    select commits.price_book, commits.contract_id, commits.commit_id, rate_cards.currency
    from {{ source('price_book', 'commits') }} as commits
    inner join {{ source('price_book', 'contracts') }} as contracts using (price_book, contract_id)
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards using (price_book, rate_card_id)
    where commits.payment_gated
),

segments as (
    select
        gated.price_book, gated.contract_id, gated.commit_id, access.segment, access.starting_on, access.ending_before,
        gated.currency,
        coalesce(
            max(purchases.invoice_on) filter (
                where purchases.invoice_on <= coalesce(sources.starting_on, access.starting_on)
            ),
            min(purchases.invoice_on)
        ) as purchase_on,
    from gated
    inner join {{ source('price_book', 'commit_access') }} as access using (price_book, commit_id)
    left join {{ source('price_book', 'commit_access') }} as sources
        on access.price_book = sources.price_book
        and access.commit_id = sources.commit_id
        and access.rolls_over_from = sources.segment
    left join {{ source('price_book', 'commit_invoices') }} as purchases
        on gated.price_book = purchases.price_book
        and gated.commit_id = purchases.commit_id
    group by all
)

select
    segments.price_book,
    segments.contract_id,
    segments.commit_id,
    segments.segment,
    segments.starting_on,
    segments.ending_before,
    segments.purchase_on,
    {{ round_to_unit('purchases.amount', 'currencies.decimals') }} = 0 as is_free,
from segments
left join {{ source('price_book', 'commit_invoices') }} as purchases
    on segments.price_book = purchases.price_book
    and segments.commit_id = purchases.commit_id
    and segments.purchase_on = purchases.invoice_on
left join {{ source('price_book', 'pricing_units') }} as currencies
    on segments.price_book = currencies.price_book
    and segments.currency = currencies.pricing_unit
union all
select
    null::varchar as price_book,
    automatic.contract_id,
    automatic.commit_id,
    1 as segment,
    automatic.starting_on,
    automatic.ending_before,
    invoices.issue_on as purchase_on,
    false as is_free,
from {{ ref('automatic_commits') }} as automatic
inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
where automatic.kind = 'gated_balance'
