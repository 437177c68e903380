-- one row per line in a custom pricing unit and burn rank of its contract that it went through
-- S-49: balances held in a unit come first; what they leave is converted.
with recursive lines as (
    select drawdown_candidates.*
    from {{ ref('drawdown_candidates') }} as drawdown_candidates
    where drawdown_candidates.converted_unit is null
),

met as (
    select * from {{ ref('eligible_balances') }} where is_custom_unit
),

{{ drawdown_passes() }}

select * exclude (used_by_rank) from passes
