-- one row per threshold that is in force on the run's date (S-58)
select
    thresholds.threshold_id,
    thresholds.contract_id,
    thresholds.kind,
    thresholds.amount as threshold_amount,
    thresholds.recharge_to,
    products.product_id,
    products.name as product_name,
    rate_cards.currency as pricing_unit,
    units.decimals,
    run.as_of::date as acts_on,
    contracts.ending_before as contract_ends_on,
from {{ source('price_book', 'thresholds') }} as thresholds
inner join {{ source('inputs', 'run') }} as run
    on thresholds.price_book = run.price_book
    and thresholds.starting_on <= run.as_of::date
    and coalesce(thresholds.ending_before > run.as_of::date, true)
inner join {{ ref('active_contracts') }} as contracts using (contract_id)
inner join {{ source('price_book', 'products') }} as products
    on run.price_book = products.price_book
    and thresholds.product_id = products.product_id
inner join {{ source('price_book', 'rate_cards') }} as rate_cards
    on run.price_book = rate_cards.price_book
    and contracts.rate_card_id = rate_cards.rate_card_id
inner join {{ source('price_book', 'pricing_units') }} as units
    on run.price_book = units.price_book
    and rate_cards.currency = units.pricing_unit
