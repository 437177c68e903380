-- one row per metric version, contract and property with events whose value is not a number (S-10)
select
    metric,
    metric_version,
    contract_id,
    property,
    sum(events)::bigint as events,
    arg_min(example_transaction_id, example_event_seq) as example_transaction_id,
from {{ ref('bad_quantity_days') }}
group by all
