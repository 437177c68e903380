-- one row per contract in force and pricing unit in which it ever had a balance: what is left of it today
-- S-38, S-41, S-76: of prepaid commits and credits, all segments that may pay today together.
with segments as (
    select
        segments.commit_id,
        segments.segment,
        segments.contract_id,
        in_force.customer_id,
        segments.pricing_unit,
        segments.ending_before,
        segments.ending_before > run.as_of::date as is_in_force,
        run.as_of::date as today,
    from {{ to_rate(ref('commit_segments')) }} as segments
    inner join {{ source('inputs', 'run') }} as run on segments.starting_on <= run.as_of::date
    inner join (
        select contract_id, customer_id
        from {{ ref('active_contracts') }}
        inner join {{ source('inputs', 'run') }} as now_run
            on starting_on <= now_run.as_of::date
            and (ending_before is null or ending_before > now_run.as_of::date)
    ) as in_force on segments.contract_id = in_force.contract_id
    where segments.type in ('prepaid', 'credit')
),

movements as (
    select
        commit_id,
        segment,
        sum(amount) as remaining,
        sum(amount) filter (where amount > 0 and entry_type in ('grant', 'rollover')) as granted,
    from {{ to_rate(ref('commit_movements')) }} as movements
    group by all
)

select
    segments.contract_id,
    segments.customer_id,
    segments.pricing_unit,
    {{ to_amount('coalesce(sum(movements.granted) filter (where segments.is_in_force), 0)') }} as granted,
    {{ to_amount('coalesce(sum(movements.remaining) filter (where segments.is_in_force), 0)') }} as remaining,
    (
        min(segments.ending_before) filter (where segments.is_in_force and movements.remaining > 0)
        - min(segments.today)
    )::integer as days_left,
from segments
left join movements using (commit_id, segment)
group by all
