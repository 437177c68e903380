-- one row per rated period, usage product, pricing group and segment: all that prices it
-- The winning rate row (S-21), whether it is entitled (S-22), the price override (S-32) and the set
-- of commit segments held in the rate's pricing unit (S-13).
with segments as (
    select
        groups.price_book,
        groups.contract_id,
        groups.period_start,
        groups.period_end,
        groups.is_late,
        groups.rate_card_id,
        groups.product_id,
        groups.product_name,
        groups.pricing_group,
        segments.segment_start,
        segments.segment_end,
        segments.measured_to,
        segments.metric,
        segments.metric_version,
    from {{ ref('priced_groups') }} as groups
    inner join
        {{ ref('product_segments') }} as segments
        using (contract_id, period_start, product_id)
    where groups.product_type = 'usage'
),

-- Asked once for all contracts of a card: they have its rates, and mostly the same dates.
card_rates as (
    select
        asked.*,
        rates.rate_id,
        rates.pricing_unit,
        rates.entitled,
    from (
        select distinct price_book, rate_card_id, product_id, pricing_group, segment_start
        from segments
    ) as asked
    inner join {{ ref('group_rates') }} as rates
        using (price_book, rate_card_id, product_id, pricing_group)
    where rates.starting_on <= asked.segment_start
        and (rates.ending_before is null or asked.segment_start < rates.ending_before)
    qualify row_number() over (
            partition by
                asked.price_book,
                asked.rate_card_id,
                asked.product_id,
                asked.pricing_group,
                asked.segment_start
            order by rates.named_keys desc, rates.rate_id
        ) = 1
),

segment_overrides as (
    select
        segments.contract_id,
        segments.product_id,
        segments.pricing_group,
        segments.segment_start,
        arg_min(overrides.override_id, overrides.override_rank)
        filter (where overrides.override_type <> 'entitlement') as override_id,
        arg_min(overrides.entitled, overrides.override_rank)
        filter (where overrides.override_type = 'entitlement') as entitled,
    from segments
    inner join {{ ref('group_overrides') }} as overrides
        using (price_book, contract_id, product_id, pricing_group)
    where overrides.starting_on <= segments.segment_start
        and segments.segment_start < coalesce(overrides.ending_before, segments.segment_end)
    group by all
),

segment_commits as (
    select
        segments.contract_id,
        segments.product_id,
        segments.pricing_group,
        segments.segment_start,
        commits.pricing_unit,
        to_json(
            list(
                [commits.commit_id, commits.segment::varchar]
                order by commits.commit_id, commits.segment
            )
        )::varchar as commit_segments,
    from segments
    inner join
        {{ ref('group_commits') }} as commits
        using (price_book, contract_id, product_id, pricing_group)
    where commits.starting_on <= segments.segment_start
        and segments.segment_start < commits.ending_before
    group by all
)

select
    segments.* exclude (rate_card_id),
    rates.rate_id,
    rates.pricing_unit,
    case when rates.rate_id is not null then overrides.override_id end as override_id,
    coalesce(overrides.entitled, rates.entitled, false) as is_entitled,
    coalesce(commits.commit_segments, '[]') as commit_segments,
from segments
left join card_rates as rates
    using (price_book, rate_card_id, product_id, pricing_group, segment_start)
left join
    segment_overrides as overrides
    using (contract_id, product_id, pricing_group, segment_start)
left join segment_commits as commits
    on segments.contract_id = commits.contract_id
    and segments.product_id = commits.product_id
    and segments.pricing_group = commits.pricing_group
    and segments.segment_start = commits.segment_start
    and rates.pricing_unit = commits.pricing_unit
