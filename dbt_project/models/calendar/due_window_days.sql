-- one row per window to compute, customer id as sent, event type and day that it reads
-- The days are spelled out so that events join by equality, however many windows a contract has.
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
from {{ ref('due_windows') }} as windows
inner join {{ ref('billable_metrics') }} as metrics using (metric, metric_version)
inner join {{ ref('period_event_days') }} as days
    on windows.contract_id = days.contract_id
    and metrics.event_type = days.event_type
    and days.event_date >= windows.window_start
    and days.event_date < windows.window_end
where not windows.is_obsolete
