-- one row per metric version, contract, property and reason with events that gave no number (S-53)
select
    metric,
    metric_version,
    contract_id,
    property,
    reason,
    sum(events)::bigint as events,
    arg_min(example_transaction_id, example_event_seq) as example_transaction_id,
from {{ ref('bad_quantity_days') }}
group by all
