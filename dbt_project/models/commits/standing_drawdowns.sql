-- one row per line of an open invoice and standing segment that covers some of it or gets some of it back
-- Before what the run's thresholds buy (S-58). What goes back of a slice (S-38) is of its negative
-- lines, the first one first; beyond these, of the last.
with passes as (
    select contract_id, line_order, burn_rank, covered, true as is_custom_unit from {{ ref('custom_unit_drawdowns') }}
    union all
    select contract_id, line_order, burn_rank, covered, false as is_custom_unit from {{ ref('currency_drawdowns') }}
),

returns as (
    select
        *,
        sum(amount) over so_far - amount as starts_at,
        sum(amount) over so_far as ends_at,
    from (select * from {{ ref('slice_returns') }} union all select * from {{ ref('conversion_returns') }})
    window so_far as (partition by contract_id, slice_key order by burn_order desc)
),

returning_lines as (
    select
        lines.contract_id, lines.slice_key, lines.line_order,
        greatest(-coalesce(conversions.amount, lines.amount), 0) as size,
        sum(size) over so_far - size as starts_at,
        case
            when lead(lines.line_order) over so_far is not null then sum(size) over so_far
        end as ends_at,
    from {{ ref('drawdown_candidates') }} as lines
    semi join returns using (contract_id, slice_key)
    left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
    where lines.converted_unit is null or conversions.amount is not null
    window so_far as (
        partition by lines.contract_id, lines.slice_key
        order by coalesce(conversions.amount, lines.amount) >= 0, lines.line_order
    )
),

given as (
    select
        passes.contract_id, passes.line_order, passes.burn_rank,
        meetings.commit_id, meetings.segment, passes.covered,
    from passes
    inner join {{ ref('eligible_balances') }} as meetings using (contract_id, line_order, burn_rank, is_custom_unit)
    where passes.covered > 0
    union all
    select
        lines.contract_id, lines.line_order, null::integer as burn_rank, returns.commit_id, returns.segment,
        greatest(returns.starts_at, lines.starts_at)
        - least(returns.ends_at, coalesce(lines.ends_at, returns.ends_at)) as covered,
    from returning_lines as lines
    inner join returns
        on lines.contract_id = returns.contract_id
        and lines.slice_key = returns.slice_key
        and lines.starts_at < returns.ends_at
        and coalesce(lines.ends_at, returns.ends_at) > returns.starts_at
)

select
    given.contract_id,
    given.line_order,
    given.burn_rank,
    lines.period_start,
    given.commit_id,
    given.segment,
    {{ to_amount('given.covered') }} as covered,
from given
inner join {{ ref('drawdown_candidates') }} as lines using (contract_id, line_order)
