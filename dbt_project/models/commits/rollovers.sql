-- one row per commit segment whose unused balance has rolled over into a later one
-- At its end, at most what the later one may take;
-- drafts count as they stand.
with given as (
    select commit_id, segment, sum(covered) as amount
    from {{ ref('drawdowns') }}
    group by all
),

left_over as (
    select
        receivers.commit_id,
        receivers.segment,
        sources.segment as from_segment,
        sources.ending_before as rolled_on,
        least(
            receivers.granted, sources.granted - sources.used_before - coalesce(given.amount, 0)
        ) as amount,
    from {{ ref('commit_segments') }} as receivers
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ ref('commit_segments') }} as sources
        on receivers.commit_id = sources.commit_id
        and receivers.rolls_over_from = sources.segment
        and sources.ending_before <= run.as_of
    left join given
        on sources.commit_id = given.commit_id
        and sources.segment = given.segment
)

select
    commit_id,
    segment,
    from_segment,
    rolled_on,
    {{ to_amount('amount') }} as amount,
from left_over
where amount > 0
