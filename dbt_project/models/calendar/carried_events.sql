-- one row per carry, measured period and combination of its `by` properties: what it begins with
-- S-56: the latest event before the period's start, on a day of any contract of the customer, so that a
-- renewal goes on where the contract before it ended. Aliases are today's, as in
-- calendar.period_event_days, each on the days that it holds (S-9). Only what is due is looked for; a
-- period that begins with nothing has one row without an event, which says that it was.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    contract={'enforced': true},
    pre_hook="{{ forget_carried_events() }}",
) }}

with due as (
    select needed.*, run.log_version, run.price_book as current_book
    from {{ ref('due_carries') }} as needed
    cross join {{ source('inputs', 'run') }} as run
    where needed.is_due
),

found as (
    select
        due.carry,
        due.contract_id,
        due.period_start,
        days.carried_by,
        arg_max(days.event_seq, row(days.timestamp, days.event_seq)) as event_seq,
    from due
    inner join {{ ref('customer_identities') }} as identities
        on due.customer_id = identities.customer_id
        and due.current_book = identities.price_book
    inner join {{ ref('carry_days') }} as days
        on due.carry = days.carry
        and identities.sent_id = days.sent_id
        and days.event_date < due.period_start
        and {{ holds_on('identities', 'days.event_date') }}
    where days.event_seq is not null
        and exists (
            select 1
            from {{ source('price_book', 'contracts') }} as contracts
            where contracts.price_book = due.price_book
                and contracts.customer_id = due.customer_id
                and days.event_date >= contracts.starting_on
                and (contracts.ending_before is null or days.event_date < contracts.ending_before)
        )
    group by all
)

select
    due.carry,
    due.contract_id,
    due.period_start,
    found.carried_by,
    found.event_seq,
    due.basis,
    due.log_version,
from due
left join found using (carry, contract_id, period_start)
