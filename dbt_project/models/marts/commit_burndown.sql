-- one row per commit segment and day of its access so far: what it gave that day, what is left, and
-- where it is heading
-- The pace is that of the last 30 days; `runs_out_on` is the day on which the balance reaches zero at
-- that pace (or did), null when the segment ends first. Nothing is ahead of a postpaid commit whose
-- true-up is final (S-37).
{{ config(materialized='by_contract') }}

with segments as (
    select
        segments.* replace (
            greatest(segments.starting_on, segments.serves_from) as starting_on,
            -- earlier than it was to end where the money of its purchase went back (S-73)
            granted.expires_on as ending_before
        ),
        least(granted.expires_on, run.as_of::date + 1) as seen_before,
    from {{ to_rate(ref('commit_balances')) }} as segments
    inner join {{ to_rate(ref('commit_segments')) }} as granted using (commit_id, segment)
    cross join {{ source('inputs', 'run') }} as run
    anti join {{ ref('final_true_ups') }} as settled using (commit_id)
    where segments.starting_on <= run.as_of
        and granted.expires_on > run.as_of::date - 35
        and segments.granted > 0
),

calendar as (
    select *, unnest(generate_series(starting_on, seen_before - 1, interval 1 day))::date as burned_on
    from segments
),

burned as (
    select
        calendar.*,
        (coalesce(daily.amount, 0) * 10000)::hugeint as minor_amount,
        (calendar.granted * 10000)::hugeint - sum((coalesce(daily.amount, 0) * 10000)::hugeint) over (
            partition by calendar.commit_id, calendar.segment order by calendar.burned_on
        ) as minor_balance,
    from calendar
    left join {{ ref('daily_burn') }} as daily using (commit_id, segment, burned_on)
),

ends as (
    -- the day up to which the pace is known: the one on which it ran out, else the last one seen
    select
        commit_id,
        segment,
        min(burned_on) filter (where minor_balance <= 0) as ran_out_on,
        coalesce(ran_out_on, max(burned_on)) as known_on,
    from burned
    group by all
),

paces as (
    select
        burned.commit_id,
        burned.segment,
        ends.ran_out_on,
        ends.known_on,
        arg_max(burned.minor_balance, burned.burned_on) as minor_left,
        count(*) filter (where burned.burned_on > ends.known_on - 30) as recent_days,
        sum(burned.minor_amount) filter (where burned.burned_on > ends.known_on - 30)::hugeint as recent_minor,
        {{ rounded_quotient(
            'recent_minor * (burned.ending_before - 1 - ends.known_on)', 'recent_days'
        ) }} - minor_left as minor_overage,
    from burned
    inner join ends using (commit_id, segment)
    where burned.burned_on <= ends.known_on
    group by burned.commit_id, burned.segment, burned.ending_before, ends.ran_out_on, ends.known_on
)

select
    burned.contract_id,
    burned.commit_id,
    burned.segment,
    burned.pricing_unit,
    burned.burned_on,
    {{ to_amount('burned.minor_amount::decimal(38, 0) * 0.0001') }} as applied,
    {{ to_amount('burned.minor_balance::decimal(38, 0) * 0.0001') }} as balance,
    {{ to_amount(
        rounded_quotient('paces.recent_minor', 'paces.recent_days') ~ '::decimal(38, 0) * 0.0001'
    ) }} as daily_pace,
    case
        when paces.ran_out_on is not null then paces.ran_out_on
        when paces.minor_overage >= 0
            then paces.known_on + (
                (paces.minor_left * paces.recent_days + paces.recent_minor - 1) // paces.recent_minor
            )::integer
    end::date as runs_out_on,
    -- at most what an amount holds: a first day that burned nearly all is no reason to hold a contract (S-52)
    {{ to_amount(
        'least(greatest(paces.minor_overage, 0), 99999999999999999999::hugeint)::decimal(38, 0) * 0.0001'
    ) }} as projected_overage,
    {{ to_amount('greatest(-paces.minor_overage, 0)::decimal(38, 0) * 0.0001') }} as projected_unused,
from burned
inner join paces using (commit_id, segment)
