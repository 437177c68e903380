-- one row per day of receipt, source and outcome: where every event that came in went (S-48)
-- An event that was taken back is retracted, whatever it was before (S-51).
with landed as (
    select log_version, source, received_on, customer_id, event_date, repeat_kind, sum(events) as events
    from {{ ref('event_days') }}
    where repeat_kind is distinct from 'retracted' and events > 0
    group by all
    union all
    select
        log_version, source, received_on, customer_id, event_date, repeat_kind,
        -count(*) as events,
    from {{ ref('retracted_events') }}
    group by all
),

-- Customers who send under one name and have one contract, which takes what is late: nearly all, and
-- they need no join by dates.
plain as (
    select
        identities.sent_id as customer_id,
        min(contracts.starting_on) as starting_on,
        min(contracts.ending_before) as ending_before,
    from {{ ref('customer_identities') }} as identities
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    inner join {{ source('price_book', 'contracts') }} as contracts using (price_book, customer_id)
    group by identities.sent_id
    having count(*) = 1
        and bool_and(identities.starting_on is null and identities.ending_before is null)
        and bool_and(contracts.late_usage is distinct from 'report')
),

-- Of all others each day once, whoever sent it and when.
matched as (
    select days.*, identities.customer_id as resolved_customer_id, identities.price_book
    from (
        select distinct customer_id, event_date from landed anti join plain using (customer_id)
        where repeat_kind is null
    ) as days
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ ref('customer_identities') }} as identities
        on days.customer_id = identities.sent_id
        and run.price_book = identities.price_book
        and {{ holds_on('identities', 'days.event_date') }}
),

-- Only contracts that report what is late ask whether a period was final.
finals as (
    select contract_id, period_start, period_end, log_version
    from {{ source('ledger', 'invoices') }}
    semi join (
        select contract_id from {{ source('price_book', 'contracts') }} where late_usage = 'report'
    ) as reporting using (contract_id)
    where invoice_type = 'usage' and status = 'finalized'
),

-- Under which contracts a day counts, and the last log version whose events are metered there.
placed as (
    select
        matched.customer_id,
        matched.event_date,
        bool_or(contracts.contract_id is not null) as is_in_contract,
        max(
            case when contracts.contract_id is null then -1
                else coalesce(finals.log_version, 9223372036854775807)
            end
        ) as last_version,
    from matched
    left join {{ source('price_book', 'contracts') }} as contracts
        on matched.price_book = contracts.price_book
        and matched.resolved_customer_id = contracts.customer_id
        and matched.event_date >= contracts.starting_on
        and matched.event_date < coalesce(contracts.ending_before, matched.event_date + 1)
    left join finals
        on contracts.late_usage = 'report'
        and contracts.contract_id = finals.contract_id
        and matched.event_date >= finals.period_start
        and matched.event_date < finals.period_end
    group by all
),

outcomes as (
    select
        landed.received_on,
        landed.source,
        case
            when landed.repeat_kind is not null then landed.repeat_kind
            when plain.customer_id is not null
                then if(
                    landed.event_date >= plain.starting_on
                    and landed.event_date < coalesce(plain.ending_before, landed.event_date + 1),
                    'metered',
                    'outside_contract'
                )
            when placed.customer_id is null then 'unmatched'
            when not placed.is_in_contract then 'outside_contract'
            when landed.log_version <= placed.last_version then 'metered'
            else 'late_reported'
        end as outcome,
        landed.events,
    from landed
    left join plain on landed.customer_id = plain.customer_id
    left join placed
        on landed.customer_id = placed.customer_id
        and landed.event_date = placed.event_date
    union all
    select received_on, source, 'retracted' as outcome, count(*) as events
    from {{ ref('retracted_events') }}
    group by all
    union all
    select received_on, source, 'rejected:' || reason_code as outcome, events
    from {{ source('inputs', 'rejected_events') }}
)

select received_on, source, outcome, sum(events)::bigint as events
from outcomes
group by all
having sum(events) <> 0
