-- one row per event: of the landed events with one transaction_id, the first (S-8)
-- depends_on: {{ ref('retracted_events') }}
{{ config(materialized='view') }}

select * from {{ ref('landed_events') }} where repeat_kind is null
