-- one row per threshold that acts in this run, with the commit that it buys (S-58)
-- A top-up is for the period that runs and on, so it pays what the period's usage lacked already; what it
-- leaves of that is what a spend threshold looks at, so that nothing is asked for twice; one that waits for
-- its payment leaves all (S-73). Of two open periods the earlier one: a threshold acts once in a run. What an
-- invoice gives back in money lowers what is asked for. The number in a commit's id goes on from the
-- ledger's, void ones too.
with top_ups as (
    select
        thresholds.* replace (case when thresholds.is_gated then 'gated_balance' else thresholds.kind end as kind),
        left_over.amount as found_amount,
        {{ cut_to_unit('thresholds.recharge_to - left_over.amount', 'thresholds.decimals') }} as amount,
        periods.period_start as starting_on,
        thresholds.top_up_ends_on as ending_before,
    from {{ ref('active_thresholds') }} as thresholds
    inner join {{ ref('balances_in_force') }} as left_over
        on thresholds.contract_id = left_over.contract_id
        and left_over.amount <= thresholds.threshold_amount
    inner join {{ ref('open_periods') }} as periods
        on thresholds.contract_id = periods.contract_id
        and thresholds.acts_on >= periods.period_start
        and thresholds.acts_on < periods.period_end
    where thresholds.kind = 'balance' and thresholds.recharge_to > left_over.amount
),

uncovered as (
    select contract_id, period_start, period_end, sum(uncovered) as amount
    from {{ ref('uncovered_lines') }}
    group by all
),

charged as (
    select contract_id, period_start, pricing_unit, sum(amount) as amount
    from (
        select contract_id, period_start, pricing_unit, amount from {{ ref('repriced_lines') }}
        union all
        select contract_id, period_start, pricing_unit, amount from {{ ref('conversion_lines') }}
        union all
        select coverage.contract_id, coverage.period_start, lines.pricing_unit, -coverage.covered as amount
        from {{ ref('standing_drawdowns') }} as coverage
        inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
    )
    semi join uncovered using (contract_id, period_start)
    group by all
),

outstanding as (
    select
        uncovered.contract_id,
        charged.pricing_unit,
        uncovered.period_start,
        uncovered.period_end,
        least(charged.amount, uncovered.amount)
        - least(coalesce(top_ups.amount, 0), uncovered.amount) as amount,
    from uncovered
    inner join charged using (contract_id, period_start)
    left join top_ups
        on uncovered.contract_id = top_ups.contract_id
        and uncovered.period_start = top_ups.starting_on
        and not top_ups.is_gated
),

reached as (
    select * from top_ups where amount > 0
    union all by name
    select
        thresholds.*,
        outstanding.amount as found_amount,
        outstanding.amount,
        outstanding.period_start as starting_on,
        outstanding.period_end as ending_before,
    from {{ ref('active_thresholds') }} as thresholds
    inner join outstanding
        on thresholds.contract_id = outstanding.contract_id
        and thresholds.pricing_unit = outstanding.pricing_unit
        and thresholds.threshold_amount <= outstanding.amount
    where thresholds.kind = 'spend' and outstanding.amount > 0
    qualify row_number() over (
        partition by thresholds.contract_id, thresholds.threshold_id order by outstanding.period_start
    ) = 1
),

earlier as (
    select
        regexp_replace(commit_id, '\.[0-9]+$', '') as series,
        max(regexp_extract(commit_id, '[0-9]+$')::bigint) as number,
    from {{ source('ledger', 'automatic_commits') }}
    group by all
)

select
    reached.contract_id || '.' || reached.threshold_id || '.' || (coalesce(earlier.number, 0) + 1) as commit_id,
    reached.contract_id,
    reached.threshold_id,
    reached.kind,
    reached.product_id,
    reached.product_name,
    reached.pricing_unit,
    reached.acts_on,
    reached.threshold_amount,
    {{ to_amount('reached.found_amount') }} as found_amount,
    {{ to_amount('reached.amount') }} as amount,
    reached.starting_on,
    reached.ending_before,
from reached
left join earlier on reached.contract_id || '.' || reached.threshold_id = earlier.series
