-- one row per line in a custom pricing unit and burn rank of its contract that it went through
-- S-49: balances held in a unit come first; what they leave is converted.
with recursive lines as (
    select *
    from {{ ref('coverable_lines') }}
    where converted_unit is null
),

back as (
    select commit_id, segment, amount from {{ ref('slice_returns') }}
),

{{ met_balances(is_custom_unit=true) }},

{{ drawdown_passes() }}

select * exclude (used_by_rank) from passes
