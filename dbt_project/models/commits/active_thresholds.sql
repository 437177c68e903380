-- one row per threshold that is in force on the run's date and has not acted at its very instant (S-58)
-- The same run twice asks once, and a preview, which computes at the instant of the run before, asks nothing.
-- What a top-up buys ends with the contract or, where that is open, with the billing period in which a year
-- is over: ended inside of one it would cut its lines in two (S-13).
with years as (
    select
        price_book,
        contract_id,
        ending_before,
        (run.as_of::date + interval 1 year)::date as year_on,
        {{ period_step('billing_frequency') }} as step,
        {{ period_anchor('starting_on', 'billing_anchor', 'step') }} as anchor_on,
        {{ steps_between('anchor_on', 'year_on', 'step') }} as boundary_number,
    from {{ ref('active_contracts') }}
    inner join {{ source('inputs', 'run') }} as run using (price_book)
),

ends as (
    select
        contract_id,
        coalesce(ending_before, case
            when {{ period_boundary('anchor_on', 'step', 'boundary_number') }} >= year_on
                then {{ period_boundary('anchor_on', 'step', 'boundary_number') }}
            else {{ period_boundary('anchor_on', 'step', 'boundary_number + 1') }}
        end) as top_up_ends_on,
    from years
),

acted as (
    select automatic.threshold_id
    from {{ source('ledger', 'automatic_commits') }} as automatic
    inner join {{ source('ledger', 'invoices') }} as invoices using (invoice_id)
    inner join {{ source('inputs', 'run') }} as run on invoices.finalized_at = run.as_of
),

-- S-73: what it bought and is not paid is asked for already
waiting as (
    select automatic.threshold_id
    from {{ ref('automatic_commits') }} as automatic
    inner join {{ ref('gate_states') }} as gates using (commit_id)
    inner join {{ source('inputs', 'run') }} as run on run.as_of < gates.ending_before
    where gates.payment = 'waiting for payment'
)

select
    thresholds.threshold_id,
    thresholds.contract_id,
    thresholds.kind,
    coalesce(thresholds.payment_gated, false) as is_gated,
    thresholds.amount as threshold_amount,
    thresholds.recharge_to,
    products.product_id,
    products.name as product_name,
    rate_cards.currency as pricing_unit,
    units.decimals,
    run.as_of::date as acts_on,
    ends.top_up_ends_on,
from {{ source('price_book', 'thresholds') }} as thresholds
inner join {{ source('inputs', 'run') }} as run
    on thresholds.price_book = run.price_book
    and thresholds.starting_on <= run.as_of::date
    and coalesce(thresholds.ending_before > run.as_of::date, true)
inner join {{ ref('active_contracts') }} as contracts using (contract_id)
inner join ends using (contract_id)
inner join {{ source('price_book', 'products') }} as products
    on run.price_book = products.price_book
    and thresholds.product_id = products.product_id
inner join {{ source('price_book', 'rate_cards') }} as rate_cards
    on run.price_book = rate_cards.price_book
    and contracts.rate_card_id = rate_cards.rate_card_id
inner join {{ source('price_book', 'pricing_units') }} as units
    on run.price_book = units.price_book
    and rate_cards.currency = units.pricing_unit
anti join acted using (threshold_id)
anti join waiting using (threshold_id)
