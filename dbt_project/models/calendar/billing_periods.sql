-- one row per contract and billing period that has begun at the run's clock
-- S-3: boundaries are those of macros/calendar. The first and the last period may be short.
{{ config(materialized='by_contract') }}

with contract_anchors as (
    select
        contracts.price_book,
        contracts.contract_id,
        contracts.customer_id,
        contracts.rate_card_id,
        rate_cards.currency,
        contracts.net_payment_days,
        contracts.late_usage,
        contracts.starting_on,
        contracts.ending_before,
        {{ period_step('contracts.billing_frequency') }} as step,
        {{ period_anchor('contracts.starting_on', 'contracts.billing_anchor', 'step') }} as anchor_on,
        run.as_of,
    from {{ source('inputs', 'run') }} as run
    inner join
        {{ ref('active_contracts') }} as contracts
        on run.price_book = contracts.price_book
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards
        on contracts.price_book = rate_cards.price_book
        and contracts.rate_card_id = rate_cards.rate_card_id
    where contracts.starting_on <= run.as_of
),

numbered as (
    select
        *,
        unnest(generate_series(0, {{ steps_between('anchor_on', 'as_of::date', 'step') }} + 1))
            as boundary_number,
    from contract_anchors
),

bounded as (
    select
        *,
        {{ period_boundary('anchor_on', 'step', 'boundary_number') }} as full_period_start,
        {{ period_boundary('anchor_on', 'step', 'boundary_number + 1') }} as full_period_end,
    from numbered
),

periods as (
    select
        * exclude (boundary_number),
        greatest(full_period_start, starting_on) as period_start,
        least(full_period_end, coalesce(ending_before, full_period_end)) as period_end,
    from bounded
    where full_period_start <= as_of
        and full_period_end > starting_on
        and full_period_start < coalesce(ending_before, full_period_end)
),

final_periods as (
    select distinct contract_id, period_start
    from {{ to_rate(source('ledger', 'invoices')) }}
    where invoice_type = 'usage' and status = 'finalized'
)

select
    periods.price_book,
    periods.contract_id,
    periods.customer_id,
    periods.rate_card_id,
    periods.currency,
    periods.net_payment_days,
    periods.late_usage,
    periods.period_start,
    periods.period_end,
    periods.full_period_start,
    periods.full_period_end,
    periods.period_end::timestamptz + interval 24 hour as finalizes_at,
    final_periods.contract_id is not null as is_final,
    not is_final and periods.as_of >= finalizes_at as is_due,
from periods
left join final_periods
    on periods.contract_id = final_periods.contract_id
    and periods.period_start = final_periods.period_start
