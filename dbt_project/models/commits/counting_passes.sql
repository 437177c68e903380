-- one row per line and postpaid commit that counts some of it (S-37)
-- The last in the burn order (S-39), after all balances. Each amount counts against one commit only.
with recursive lines as (
    select
        contract_id, line_order, 4 as decimals,
        {{ amount_as_quantity('countable') }} as quantity,
        {{ amount_as_unit_price('countable') }} as unit_price,
        null::decimal(20, 10) as commit_price, countable as amount,
        countable as coverable,
    from {{ ref('countable_lines') }}
),

met as (
    select
        candidates.contract_id,
        candidates.line_order,
        segments.commit_id,
        segments.segment,
        false as has_commit_rate,
        'open' as budget,
        segments.granted as balance,
        null::decimal(20, 4) as source_balance,
        null::integer as source_rank,
        null::decimal(20, 10) as rollover_fraction,
        null::decimal(20, 4) as used_before,
        dense_rank() over (partition by candidates.contract_id order by segments.burn_order)::integer as burn_rank,
    from {{ ref('countable_lines') }} as candidates
    inner join {{ ref('applicable_commits') }} as applicable
        on candidates.contract_id = applicable.contract_id
        and candidates.product_id is not distinct from applicable.product_id
        and candidates.pricing_group = applicable.pricing_group
    inner join {{ to_rate(ref('commit_segments')) }} as segments
        on applicable.commit_id = segments.commit_id
        and {{ meets('candidates', 'segments') }}
    where segments.type = 'postpaid' and not segments.is_trued_up and segments.granted > 0
),

{{ drawdown_passes() }}

select
    passes.contract_id,
    passes.line_order,
    met.commit_id,
    met.segment,
    passes.covered as counted,
from passes
inner join met using (contract_id, line_order, burn_rank)
where passes.covered > 0
