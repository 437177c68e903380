-- one row per run that came to an end: what it read, computed again and took
-- A view, so that the run that publishes it is in it. Written by meterhouse/warehouse/run_costs.
{{ config(materialized='view') }}

select
    run_number,
    as_of,
    log_version,
    price_book,
    nothing_new,
    new_files,
    new_events,
    windows_computed,
    windows_left_alone,
    new_final_invoices,
    events_seconds,
    price_book_seconds,
    inputs_seconds,
    models_seconds,
    ledger_seconds,
    marts_seconds,
    published_seconds,
from {{ source('inputs', 'runs') }}
