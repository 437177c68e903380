-- one row per contract and billing period with usage that adds up: what its days were measured from
-- Late usage moves a final line's amount between its days. So the parts in which the months of final
-- invoices are published are told by this, too (meterhouse/warehouse/mart_parts.py).
{{ config(materialized='by_contract') }}

with adding as (
    select distinct metric, metric_version from {{ ref('billable_metrics') }} where rollup = 'sum'
)

select
    windows.contract_id,
    periods.period_start,
    (
        sum(
            hash(windows.metric, windows.metric_version, windows.window_start, windows.fingerprint)
        ) % 1000000000000000000
    )::bigint as digest,
from {{ to_rate(ref('computed_windows')) }} as windows
semi join adding using (metric, metric_version)
asof inner join {{ to_rate(ref('billing_periods')) }} as periods
    on windows.contract_id = periods.contract_id
    and windows.window_start >= periods.period_start
where windows.window_end = windows.window_start + 1
group by all
