-- one row per commit segment: what it grants, what final invoices have used, and its place in the burn order
-- S-39. Those that stand when the run begins, and those that its thresholds buy (S-58), which nothing has
-- used yet: what they give to open invoices is in commits.automatic_drawdowns.
{{ config(materialized='by_contract') }}

with segments as (
    select * exclude (burn_order) from {{ ref('standing_segments') }}
    union all by name
    select
        {{ automatic_terms('reached', 'contracts') }},
        1 as segment,
        reached.starting_on,
        reached.ending_before,
        case when reached.kind = 'gated_balance' then 0 else reached.amount end::decimal(20, 4) as granted,
        0::decimal(20, 4) as used_before,
        granted as balance,
        false as is_trued_up,
        reached.kind = 'gated_balance' as is_gated,
        reached.starting_on as granted_on,
        reached.ending_before as expires_on,
    from {{ ref('reached_thresholds') }} as reached
    inner join {{ ref('active_contracts') }} as contracts using (contract_id)
)

select
    segments.*,
    {{ burn_order('segments') }} as burn_order,
from segments
