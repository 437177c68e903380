-- one row per slice on an open invoice and commit segment that gets something back of it (S-38)
-- Conversions apart: what they come to is known later (commits.conversion_returns).
with open_slices as (
    select contract_id, slice_key, sum(amount) as net
    from {{ ref('drawdown_candidates') }}
    where converted_unit is null
    group by all
),

{{ returned_payments() }}

select * from returned
