"""Will a commit be exceeded before it ends, and when? (S-85)

For each path: what is left of a segment now, and what a day of the rest of the period takes of it;
where the period uses it up, a day of the period's spend. At that pace it is used up on a day, or
not before the segment ends. `yes`: on the low path too; `likely`: on the middle one; else `no`. The
day is that of the middle path.
"""

from meterhouse.forecast.statements import quotient

_PACE = quotient("taken * 86400000000::decimal(12, 0)", "left_us::decimal(28, 10)")
# At most a hundred years, so that it is a date; rounded up: on that day nothing is left any more.
_DAYS = quotient("least(left_now, 36500 * pace)", "pace")

COMMITS = f"""
    create table forecast.commits as
    with now_drawn as (
        select movements.commit_id, movements.segment, -sum(movements.amount) as amount,
        from forecast.movements_now as movements
        group by all
    ),

    paths as (
        select segments.contract_id, periods.period_start, segments.commit_id, segments.segment,
            segments.pricing_unit, segments.granted, segments.ending_before, paths.path,
            (segments.applied_finalized + segments.applied_draft) as drawn_now,
            segments.granted - drawn_now as left_now,
            coalesce(drawn.amount, 0) - coalesce(now_drawn.amount, 0) as taken_of_it,
            totals.subtotal - coalesce(totals_now.subtotal, 0) as spent,
            periods.length_us - periods.elapsed_us as left_us,
            moment.today, periods.period_end,
        from forecast.commits_now as segments
        cross join forecast.moment as moment
        inner join forecast.periods as periods
            on segments.contract_id = periods.contract_id
            and moment.today >= periods.period_start and moment.today < periods.period_end
        cross join (select unnest(['low', 'middle', 'high']) as path) as paths
        left join now_drawn using (commit_id, segment)
        left join forecast.drawn as drawn
            on segments.commit_id = drawn.commit_id and segments.segment = drawn.segment
            and paths.path = drawn.path
        left join forecast.totals as totals
            on periods.contract_id = totals.contract_id
            and periods.period_start = totals.period_start and paths.path = totals.path
        left join forecast.totals_now as totals_now
            on periods.contract_id = totals_now.contract_id
            and periods.period_start = totals_now.period_start
    ),

    paces as (
        select *,
            case when taken_of_it < left_now then taken_of_it
                else greatest(taken_of_it, coalesce(spent, 0)) end::decimal(20, 4) as taken,
            {_PACE} as pace,
        from paths
    ),

    dated as (
        select *,
            taken_of_it >= left_now as is_used_up,
            case when left_now <= 0 then today
                when pace > 0 then least(
                    (today + ceil({_DAYS})::integer)::date,
                    -- the models know better than a pace
                    case when is_used_up then period_end - 1 else 'infinity'::date end
                ) end as used_up_on,
            is_used_up or (used_up_on is not null and used_up_on < ending_before) as is_exceeded,
            (drawn_now + taken_of_it)::decimal(20, 4) as drawn_then,
        from paces
    )

    select contract_id, period_start, commit_id, segment, pricing_unit, granted,
        max(drawn_now)::decimal(20, 4) as amount_so_far,
        min(drawn_then) as amount_low,
        max(drawn_then) filter (path = 'middle') as amount_middle,
        max(drawn_then) as amount_high,
        case
            when bool_and(is_exceeded) then 'yes'
            when bool_or(is_exceeded and path = 'middle') then 'likely'
            else 'no'
        end as exceeds,
        case when exceeds <> 'no' then max(used_up_on) filter (path = 'middle') end as exceeds_on,
    from dated
    group by contract_id, period_start, commit_id, segment, pricing_unit, granted
"""
