-- one row per line in a custom pricing unit and burn rank of its contract that it went through
-- S-49: balances held in a unit come first; what they leave is converted.
with recursive lines as (
    select receiving_lines.*
    from {{ ref('receiving_lines') }} as receiving_lines
    where receiving_lines.converted_unit is null
),

met as (
    select * from {{ ref('meetings') }} where is_custom_unit
),

{{ coverage_passes() }}

select * exclude (used_by_rank) from passes
