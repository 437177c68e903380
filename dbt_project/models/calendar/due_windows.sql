-- one row per metric version, contract and window whose stored values are missing or out of date
-- depends_on: {{ ref('billable_metrics') }}
-- depends_on: {{ ref('altered_windows') }}
-- What is stored is what the source `last_run.computed_windows` says. A window of a rated
-- period that nothing needs any more (an open slice's end moves with the clock) is dropped. A window
-- stays due until a run has noted it as computed, whatever a failed run has done to it.
{{ config(post_hook="{{ mark_due_windows() }}") }}

with computed as (
    select known.*
    from (
        select metric, metric_version, contract_id, window_start, window_end, fingerprint
        from {{ to_rate(source('last_run', 'computed_windows')) }}
        anti join {{ ref('altered_windows') }}
            using (metric, metric_version, contract_id, window_start, window_end)
        union all
        select *, '' as fingerprint from {{ ref('altered_windows') }}
    ) as known
    semi join {{ ref('billable_metrics') }} as metrics
        on known.metric = metrics.metric
        and known.metric_version = metrics.metric_version
)

select
    coalesce(windows.metric, computed.metric) as metric,
    coalesce(windows.metric_version, computed.metric_version) as metric_version,
    coalesce(windows.contract_id, computed.contract_id) as contract_id,
    coalesce(windows.window_start, computed.window_start) as window_start,
    coalesce(windows.window_end, computed.window_end) as window_end,
    windows.fingerprint,
    windows.fingerprint is null as is_obsolete,
from {{ ref('metric_windows') }} as windows
full outer join computed using (metric, metric_version, contract_id, window_start, window_end)
left join {{ ref('rated_periods') }} as periods
    on computed.contract_id = periods.contract_id
    and computed.window_start >= periods.period_start
    and computed.window_start < periods.period_end
where windows.fingerprint is distinct from computed.fingerprint
    and (windows.fingerprint is not null or periods.contract_id is not null)
