-- one row per line of an open invoice and commit segment that covers some of it or gets some of it back
-- The amounts behind coverage lines and balances: of the segments that stood, and of those that the run's
-- thresholds buy (S-58).
with given as (
    select contract_id, line_order, burn_rank, commit_id, segment, covered from {{ ref('standing_drawdowns') }}
    union all by name
    select contract_id, line_order, commit_id, 1 as segment, covered from {{ ref('automatic_drawdowns') }}
)

select
    given.contract_id,
    given.line_order,
    given.burn_rank::integer as burn_rank,
    lines.period_start,
    lines.service_start,
    lines.service_end,
    given.commit_id,
    given.segment,
    segments.burn_order,
    given.covered,
from given
inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
