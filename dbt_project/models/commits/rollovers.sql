-- one row per commit segment whose unused balance has rolled over into a later one
-- At its end, at most what the later one may take; drafts count as they stand. Where that is a fraction
-- of what is left, it is never less than what the later one has used already: late lines of the days
-- before find the rest.
with given as (
    select commit_id, segment, sum(covered) as amount
    from {{ ref('standing_drawdowns') }}
    group by all
),

left_over as (
    select
        receivers.commit_id,
        receivers.segment,
        sources.segment as from_segment,
        sources.ending_before as rolled_on,
        sources.granted - sources.used_before - coalesce(given.amount, 0) as unused,
        case
            when receivers.rollover_fraction is null then receivers.granted
            else greatest(
                {{ round_to_unit(
                    to_unrounded_amount('receivers.rollover_fraction * ' ~ to_amount('unused')), 'terms.decimals'
                ) }},
                receivers.used_before + coalesce(given_on.amount, 0)
            )
        end::decimal(20, 4) as most,
        least(receivers.granted, unused, most) as amount,
    from {{ ref('standing_segments') }} as receivers
    cross join {{ source('inputs', 'run') }} as run
    inner join {{ ref('standing_segments') }} as sources
        on receivers.commit_id = sources.commit_id
        and receivers.rolls_over_from = sources.segment
        and sources.ending_before <= run.as_of
    inner join {{ ref('commit_terms') }} as terms on receivers.commit_id = terms.commit_id
    left join given
        on sources.commit_id = given.commit_id
        and sources.segment = given.segment
    left join given as given_on
        on receivers.commit_id = given_on.commit_id
        and receivers.segment = given_on.segment
)

select
    commit_id,
    segment,
    from_segment,
    rolled_on,
    {{ to_amount('amount') }} as amount,
from left_over
where amount > 0
