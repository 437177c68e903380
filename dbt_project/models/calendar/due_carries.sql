-- one row per carry and measured period: what it begins with is needed, and whether to look for it (anew)
-- S-56: what was found stands while no day before the period was looked at anew, and the customer has the
-- same ids and days of contracts. Contracts are those of the price book that rates the period.

with stored as (
    select distinct carry, contract_id, period_start, basis, log_version
    from {{ kept('calendar', 'carried_events') }}
),

needed as (
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
),

identities as (
    select ids.customer_id, ids.sent_id, ids.starting_on, ids.ending_before
    from {{ ref('customer_identities') }} as ids
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    semi join needed on ids.customer_id = needed.customer_id
),

ids_of_customers as (
    select customer_id, sum(hash(sent_id, starting_on, ending_before)) as digest
    from identities
    group by all
),

days_of_contracts as (
    select price_book, customer_id, sum(hash(starting_on, ending_before)) as digest
    from {{ source('price_book', 'contracts') }} as contracts
    semi join needed on contracts.customer_id = needed.customer_id
    group by all
),

changed as (
    select distinct needed.carry, needed.contract_id, needed.period_start
    from {{ ref('carry_days') }} as days
    inner join identities on days.sent_id = identities.sent_id
    inner join needed
        on identities.customer_id = needed.customer_id
        and days.carry = needed.carry
        and days.event_date < needed.period_start
    inner join stored
        on needed.carry = stored.carry
        and needed.contract_id = stored.contract_id
        and needed.period_start = stored.period_start
        and days.log_version > stored.log_version
    where days.log_version > (select min(oldest.log_version) from stored as oldest)
),

based as (
    select needed.*, concat_ws(':', version(), ids.digest, contracts.digest) as basis
    from needed
    inner join days_of_contracts as contracts using (price_book, customer_id)
    left join ids_of_customers as ids using (customer_id)
)

select
    based.*,
    based.basis is distinct from stored.basis or changed.carry is not null as is_due,
from based
left join stored using (carry, contract_id, period_start)
left join changed using (carry, contract_id, period_start)
