-- one row per metric version, rated period and moment at which its running value is needed
-- S-11, S-12: where a segment is measured to, and where one begins inside the period.
select contract_id, period_start, metric, metric_version, measured_to as measured_at
from {{ ref('product_segments') }}
where metric is not null and measured_to is not null
union
select contract_id, period_start, metric, metric_version, segment_start as measured_at
from {{ ref('product_segments') }}
where metric is not null and measured_to is not null and segment_start > period_start
