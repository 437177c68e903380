-- one row per contract and period that this run meters and rates
-- Open periods with the current price book; final periods with late events with the book that made
-- them final, so an edited price book never re-bills a closed one (S-43).
select
    price_book, contract_id, customer_id, rate_card_id, currency, period_start, period_end,
    false as is_late,
    null::varchar as corrects_invoice_id,
from {{ ref('open_periods') }}
union all
select
    price_book, contract_id, customer_id, rate_card_id, currency, period_start, period_end,
    true as is_late,
    corrects_invoice_id,
from {{ ref('late_periods') }}
