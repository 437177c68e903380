-- one row per open invoice and commit segment that covers something on it or gets something back (S-41)
-- What goes back is set against what is covered; nothing, where that comes to 0. In the commit's unit,
-- with the invoice's period as service dates.
select
    coverage.contract_id,
    coverage.period_start,
    segments.product_id,
    segments.product_name,
    coverage.period_start as service_start,
    coalesce(periods.period_end, coverage.period_start) as service_end,
    segments.pricing_unit,
    coverage.commit_id,
    coverage.segment,
    coverage.burn_order,
    {{ to_amount('-sum(coverage.covered)') }} as amount,
from {{ ref('drawdowns') }} as coverage
inner join {{ to_rate(ref('commit_segments')) }} as segments using (commit_id, segment)
left join {{ ref('open_periods') }} as periods
    on coverage.contract_id = periods.contract_id
    and coverage.period_start = periods.period_start
group by all
having sum(coverage.covered) <> 0
