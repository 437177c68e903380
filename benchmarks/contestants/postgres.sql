-- The same in PostgreSQL: COPY, one set-based statement a step, and the indexes with which a table
-- of events is kept: its key, which recognises an event that is sent again, and customer and time.
\set ON_ERROR_STOP on
\set QUIET on
set time zone 'UTC';

create unlogged table sent (place bigint generated always as identity, event jsonb);
\i {output}.copy.sql

create table events as
select distinct on (event ->> 'transaction_id')
    event ->> 'transaction_id' as transaction_id,
    event ->> 'customer_id' as customer_id,
    event ->> 'event_type' as event_type,
    (event ->> 'timestamp')::timestamptz as sent_at,
    event -> 'properties' as properties
from sent
order by event ->> 'transaction_id', place;
drop table sent;
alter table events add primary key (transaction_id);
create index on events (customer_id, event_type, sent_at);
analyze events;

create table contracts (contract_id text primary key, customer_id text not null);
create table rates (
    rate_id text primary key, product_id text not null, group_value text, price numeric(20, 10)
);
create table tiers (rate_id text, tier integer, above numeric, up_to numeric, price numeric(20, 10));
\i {output}.prices.sql

create table usage as
with month as (
    select * from events where sent_at >= '{start}' and sent_at < '{end}'
),
metered as (
    select customer_id, 'calls' as product_id, properties ->> 'region' as group_value,
        count(*)::numeric as quantity
    from month
    where event_type = 'api_call'
    group by 1, 3
    union all
    select customer_id, 'users', properties ->> 'region', count(distinct properties ->> 'user_id')
    from month
    where event_type = 'api_call'
    group by 1, 3
    union all
    select customer_id, 'tokens', properties ->> 'model',
        sum((properties ->> 'input_tokens')::bigint + (properties ->> 'output_tokens')::bigint)
    from month
    where event_type = 'llm_request'
    group by 1, 3
    union all
    -- Gigabytes with 3 decimals, rounded up.
    select customer_id, 'transfer', properties ->> 'region',
        ceil(sum((properties ->> 'bytes')::bigint) / 1000000::numeric) / 1000
    from month
    where event_type = 'transfer'
    group by 1, 3
)
select contracts.contract_id, metered.*
from metered
inner join contracts on metered.customer_id = contracts.customer_id;

create table priced as
select
    usage.*,
    coalesce(special.rate_id, general.rate_id) as rate_id,
    coalesce(special.price, general.price) as price
from usage
left join rates as general
    on usage.product_id = general.product_id and general.group_value is null
left join rates as special
    on usage.product_id = special.product_id and usage.group_value = special.group_value;

create table lines as
select contract_id, product_id, group_value, null::integer as tier, quantity,
    round(quantity * price, 2) as amount
from priced
where price is not null
union all
select contract_id, product_id, group_value, tier,
    least(quantity, coalesce(up_to, quantity)) - above,
    round((least(quantity, coalesce(up_to, quantity)) - above) * tiers.price, 2)
from priced
inner join tiers on priced.rate_id = tiers.rate_id
where quantity > above;

\copy lines to '{output}' (format csv, header)
