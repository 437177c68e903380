-- one row per contract and billing period that has begun and is not final: what a run works on
{{ config(materialized='view') }}

select * from {{ ref('billing_periods') }} where not is_final
