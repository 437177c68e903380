-- What a person writes who only wants the numbers: read, deduplicate, aggregate, price. No log, no
-- quarantine, no history, no checks: the least that this work can cost in this engine.
create table events as
select distinct on (transaction_id) transaction_id, customer_id, event_type, properties
from read_json(
    '{events}/*.ndjson',
    format = 'newline_delimited',
    columns = {
        transaction_id: 'varchar',
        customer_id: 'varchar',
        event_type: 'varchar',
        timestamp: 'timestamptz',
        properties: 'struct(
            region varchar, user_id varchar, model varchar,
            input_tokens bigint, output_tokens bigint, bytes bigint
        )'
    }
)
where timestamp >= '{start}' and timestamp < '{end}';

create table usage as
with metered as (
    select customer_id, 'calls' as product_id, properties.region as group_value, count(*) as quantity
    from events
    where event_type = 'api_call'
    group by all
    union all
    select customer_id, 'users', properties.region, count(distinct properties.user_id)
    from events
    where event_type = 'api_call'
    group by all
    union all
    select
        customer_id, 'tokens', properties.model,
        sum(properties.input_tokens + properties.output_tokens)
    from events
    where event_type = 'llm_request'
    group by all
    union all
    -- Gigabytes with 3 decimals, rounded up.
    select
        customer_id, 'transfer', properties.region,
        ((sum(properties.bytes) + 999999) // 1000000)::decimal(15, 0) * 0.001
    from events
    where event_type = 'transfer'
    group by all
)

select contracts.contract_id, metered.* replace (quantity::decimal(18, 3) as quantity)
from metered
inner join '{book}/contracts.parquet' as contracts on metered.customer_id = contracts.customer_id;

create table priced as
select
    usage.*,
    coalesce(special.rate_id, general.rate_id) as rate_id,
    coalesce(special.price, general.price) as price,
from usage
left join rates as general
    on usage.product_id = general.product_id and general.pricing_group is null
left join rates as special
    on usage.product_id = special.product_id
    and usage.group_value = coalesce(special.pricing_group ->> 'region', special.pricing_group ->> 'model');

create table lines as
select
    contract_id, product_id, group_value, null::integer as tier, quantity,
    round(quantity * price, 2)::decimal(18, 2) as amount,
from priced
where price is not null
union all
select
    contract_id, product_id, group_value, tier,
    least(quantity, coalesce(up_to, quantity)) - above as part,
    round(part * tiers.price, 2)::decimal(18, 2),
from priced
inner join tiers using (rate_id)
where quantity > above;
