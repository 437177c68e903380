-- one row per day of receipt, source and outcome: where every event that came in went (S-48)
-- An event that was taken back is retracted, whatever it was before (S-51).
with landed as (
    select log_version, source, received_on, customer_id, event_type, event_date, repeat_kind, events
    from {{ ref('event_days') }}
    where repeat_kind is distinct from 'retracted' and events > 0
    union all
    select
        log_version, source, received_on, customer_id, event_type, event_date, repeat_kind,
        -count(*) as events,
    from {{ ref('retracted_events') }}
    group by all
),

resolved as (
    select
        days.*,
        identities.customer_id as resolved_customer_id,
        identities.price_book,
    from landed as days
    cross join {{ source('inputs', 'run') }} as run
    left join {{ ref('customer_identities') }} as identities
        on days.customer_id = identities.sent_id
        and run.price_book = identities.price_book
        and {{ holds_on('identities', 'days.event_date') }}
),

-- Under which contracts an event counts, and whether it came after its period was final.
placed as (
    select
        resolved.log_version,
        resolved.source,
        resolved.received_on,
        resolved.customer_id,
        resolved.event_type,
        resolved.event_date,
        resolved.repeat_kind,
        resolved.events,
        resolved.resolved_customer_id is not null as is_matched,
        bool_or(contracts.contract_id is not null) as is_in_contract,
        bool_or(
            contracts.contract_id is not null
            and not (
                contracts.late_usage = 'report'
                and coalesce(resolved.log_version > finals.log_version, false)
            )
        ) as is_metered,
    from resolved
    left join {{ source('price_book', 'contracts') }} as contracts
        on resolved.price_book = contracts.price_book
        and resolved.resolved_customer_id = contracts.customer_id
        and resolved.event_date >= contracts.starting_on
        and resolved.event_date < coalesce(contracts.ending_before, resolved.event_date + 1)
    left join {{ source('ledger', 'invoices') }} as finals
        on contracts.contract_id = finals.contract_id
        and finals.invoice_type = 'usage'
        and finals.status = 'finalized'
        and resolved.event_date >= finals.period_start
        and resolved.event_date < finals.period_end
    group by all
),

outcomes as (
    select
        received_on,
        source,
        case
            when repeat_kind is not null then repeat_kind
            when not is_matched then 'unmatched'
            when not is_in_contract then 'outside_contract'
            when is_metered then 'metered'
            else 'late_reported'
        end as outcome,
        events,
    from placed
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
