-- one row per carry, measured period and combination of its `by` properties: what it begins with
-- S-56: the latest event before the period's start, on a day of any contract of the customer, so that a
-- renewal goes on where the contract before it ended. Contracts are those of the period's price book;
-- aliases are today's, as in calendar.period_event_days, each on the days that it holds (S-9).
with needed as (
    select distinct
        metrics.carry,
        periods.price_book,
        periods.contract_id,
        periods.customer_id,
        periods.period_start,
    from (
        select price_book, contract_id, customer_id, period_start, metric, metric_version
        from {{ ref('product_segments') }}
        where metric is not null
        union all
        select price_book, contract_id, customer_id, period_start, metric, metric_version
        from {{ ref('unmeasured_periods') }}
    ) as periods
    inner join {{ ref('billable_metrics') }} as metrics using (metric, metric_version)
    where metrics.carry is not null
)

select
    needed.carry,
    needed.price_book,
    needed.contract_id,
    needed.period_start,
    days.carried_by,
    arg_max(days.event_seq, row(days.timestamp, days.event_seq)) as event_seq,
from needed
cross join {{ source('inputs', 'run') }} as run
inner join {{ ref('customer_identities') }} as identities
    on needed.customer_id = identities.customer_id
    and run.price_book = identities.price_book
inner join {{ ref('carry_days') }} as days
    on needed.carry = days.carry
    and identities.sent_id = days.sent_id
    and days.event_date < needed.period_start
    and {{ holds_on('identities', 'days.event_date') }}
where days.event_seq is not null
    and exists (
        select 1
        from {{ source('price_book', 'contracts') }} as contracts
        where contracts.price_book = needed.price_book
            and contracts.customer_id = needed.customer_id
            and days.event_date >= contracts.starting_on
            and (contracts.ending_before is null or days.event_date < contracts.ending_before)
    )
group by all
