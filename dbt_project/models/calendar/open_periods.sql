-- one row per contract to rate and billing period that has begun and is not final: what a run works on
{{ config(materialized='view') }}

select * from {{ to_rate(ref('billing_periods')) }} where not is_final
