-- one row per contract and date with lines for a scheduled or true-up invoice: the one they go on
-- S-44: scheduled without grace, so it is due as soon as it appears; a true-up waits for usage (S-37).
-- Where the date's invoice is final already, a further one (`.2`); where it was voided, its next
-- revision (`.r2`, S-50).
with dates as (
    select distinct contract_id, 'scheduled' as invoice_type, scheduled_on, 0 as grace_hours
    from {{ ref('scheduled_lines') }}
    union all
    select distinct
        contract_id, 'true_up' as invoice_type, true_up_on as scheduled_on, 24 as grace_hours
    from {{ ref('true_up_lines') }}
),

earlier as (
    select
        contract_id,
        invoice_type,
        issue_on as scheduled_on,
        coalesce(
            try_cast(
                regexp_extract(
                    substr(
                        invoice_id,
                        length(contract_id || '.' || invoice_type || '.' || issue_on) + 1
                    ),
                    '^\.(\d+)',
                    1
                ) as integer
            ),
            1
        ) as place,
        bool_or(status = 'finalized') as is_final,
        count(*)::integer as revisions,
    from {{ to_rate(source('ledger', 'invoices')) }}
    where invoice_type in ('scheduled', 'true_up')
    group by all
),

places as (
    select
        contract_id,
        invoice_type,
        scheduled_on,
        coalesce(min(case when not is_final then place end), max(place) + 1) as place,
        coalesce(arg_min(revisions, place) filter (where not is_final), 0) + 1 as revision,
    from earlier
    group by all
)

select
    {{ with_revision(
        "dates.contract_id || '.' || dates.invoice_type || '.' || dates.scheduled_on"
        ~ " || case when coalesce(places.place, 1) > 1 then '.' || places.place else '' end",
        'places.revision'
    ) }} as invoice_id,
    dates.invoice_type,
    contracts.price_book,
    contracts.customer_id,
    dates.contract_id,
    rate_cards.currency,
    contracts.net_payment_days,
    null::date as period_key,
    null::date as period_start,
    null::date as period_end,
    dates.scheduled_on as issue_on,
    dates.scheduled_on::timestamptz + to_hours(dates.grace_hours) as finalizes_at,
from dates
cross join {{ source('inputs', 'run') }} as run
inner join {{ ref('active_contracts') }} as contracts
    on run.price_book = contracts.price_book
    and dates.contract_id = contracts.contract_id
inner join {{ source('price_book', 'rate_cards') }} as rate_cards
    on run.price_book = rate_cards.price_book
    and contracts.rate_card_id = rate_cards.rate_card_id
left join places
    on dates.contract_id = places.contract_id
    and dates.invoice_type = places.invoice_type
    and dates.scheduled_on = places.scheduled_on
