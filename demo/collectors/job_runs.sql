/*---
# Every evaluation run of the product database, once, as an event `eval_run`.
connection: PRODUCT_DB
driver: duckdb
key: job_id
start: 2026-01-01
lag: 1h
max_window: 31d
cadence: 1h
event_type: eval_run
---*/
select
    job_id,
    customer_id,
    finished_at as timestamp,
    suite,
    cases
from job_runs
where finished_at >= $1 and finished_at < $2
