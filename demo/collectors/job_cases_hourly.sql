/*---
# What came together in an hour, where single runs would be too many: one event a customer and hour.
connection: PRODUCT_DB
driver: duckdb
key: customer_id
aggregate: 1h
start: 2026-01-01
lag: 1h
max_window: 31d
cadence: 1h
event_type: eval_cases_hourly
---*/
select
    customer_id,
    date_trunc('hour', finished_at) as timestamp,
    count(*) as runs,
    sum(cases)::bigint as cases
from job_runs
where finished_at >= $1 and finished_at < $2
group by all
