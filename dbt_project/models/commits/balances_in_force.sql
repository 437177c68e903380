-- one row per contract with a balance threshold: what is left of its unrestricted balances in force
-- S-58: in the card's currency, drafts as they stand; of a segment that took over what another left, what
-- it got. One that waits for its payment is not in force (S-73).
with given as (
    select commit_id, segment, sum(covered) as amount
    from {{ ref('standing_drawdowns') }}
    group by all
)

select
    thresholds.contract_id,
    {{ to_amount('coalesce(sum(greatest(
        case when segments.rolls_over_from is null then segments.balance
        else coalesce(rollovers.amount, 0) - segments.used_before end - coalesce(given.amount, 0), 0
    )), 0)') }} as amount,
from {{ ref('active_thresholds') }} as thresholds
left join {{ ref('standing_segments') }} as segments
    on thresholds.contract_id = segments.contract_id
    and thresholds.pricing_unit = segments.pricing_unit
    and segments.type <> 'postpaid'
    and not segments.is_restricted
    and thresholds.acts_on >= segments.starting_on
    and thresholds.acts_on < segments.ending_before
    and (not segments.is_gated or exists (
        from {{ ref('gate_stretches') }} as stretches
        where coalesce(stretches.price_book, segments.price_book) = segments.price_book
            and segments.commit_id = stretches.commit_id
            and segments.segment = stretches.segment
            and thresholds.acts_on >= stretches.serves_from
            and thresholds.acts_on < stretches.serves_before
    ))
left join {{ ref('rollovers') }} as rollovers
    on segments.commit_id = rollovers.commit_id
    and segments.segment = rollovers.segment
left join given
    on segments.commit_id = given.commit_id
    and segments.segment = given.segment
where thresholds.kind = 'balance'
group by all
