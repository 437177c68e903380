-- one row per window to compute, customer id as sent, event type and day that it reads; and event carried over
-- The days are spelled out so that events join by equality, however many windows a contract has. A
-- window that begins with its period begins with what is carried into it (S-56): that event stands
-- here whole, as it is kept, so that the log before the period is not read.
select
    windows.metric,
    windows.metric_version,
    windows.contract_id,
    windows.window_start,
    windows.window_end,
    days.price_book,
    days.sent_id,
    days.event_type,
    days.event_date,
    null::bigint as event_seq,
    null::timestamptz as timestamp,
    null::varchar as transaction_id,
    null::varchar as properties,
    null::varchar as property_texts,
from {{ ref('due_windows') }} as windows
inner join {{ ref('billable_metrics') }} as metrics using (metric, metric_version)
inner join {{ ref('period_event_days') }} as days
    on windows.contract_id = days.contract_id
    and metrics.event_type = days.event_type
    and days.event_date >= windows.window_start
    and days.event_date < windows.window_end
where not windows.is_obsolete
union all
select
    windows.metric,
    windows.metric_version,
    windows.contract_id,
    windows.window_start,
    windows.window_end,
    carried.price_book,
    kept.sent_id,
    kept.event_type,
    kept.event_date,
    kept.event_seq,
    kept.timestamp,
    kept.transaction_id,
    kept.properties,
    kept.property_texts,
from {{ ref('due_windows') }} as windows
inner join {{ ref('carried_windows') }} as carried
    using (metric, metric_version, contract_id, window_start, window_end)
inner join {{ ref('carry_days') }} as kept
    on carried.carry = kept.carry
    and carried.event_seq = kept.event_seq
where not windows.is_obsolete
