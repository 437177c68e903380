-- one row per line of a final invoice of an earlier release and burn rank that it went through
-- Its document has what a balance gave to the invoice, not to each of its lines, so that is worked out
-- again, with just that much to give and the applicability of today.
with recursive legacy as (
    select lines.invoice_id, lines.commit_id, lines.segment, {{ to_amount('-sum(lines.amount)') }} as given
    from {{ source('ledger', 'invoice_lines') }} as lines
    semi join {{ ref('final_lines') }} as touched on lines.invoice_id = touched.invoice_id
    anti join {{ source('ledger', 'commit_applications') }} as recorded on lines.invoice_id = recorded.invoice_id
    where lines.line_type = 'commit_applied'
    group by all
),

met as (
    select
        final_lines.invoice_id as contract_id,
        final_lines.line_number as line_order,
        segments.commit_id,
        segments.segment,
        false as has_commit_rate,
        'open' as budget,
        legacy.given as balance,
        null::decimal(20, 4) as source_balance,
        null::integer as source_rank,
        null::decimal(20, 10) as rollover_fraction,
        null::decimal(20, 4) as used_before,
        dense_rank() over (partition by final_lines.invoice_id order by segments.burn_order)::integer as burn_rank,
    from {{ ref('final_lines') }} as final_lines
    inner join legacy using (invoice_id)
    inner join {{ ref('standing_segments') }} as segments using (commit_id, segment)
    inner join {{ ref('applicable_commits') }} as applicable
        on segments.commit_id = applicable.commit_id
        and final_lines.contract_id = applicable.contract_id
        and final_lines.product_id is not distinct from applicable.product_id
        and final_lines.pricing_group = applicable.pricing_group
    where final_lines.amount > 0 and {{ meets('final_lines', 'segments') }}
),

lines as (
    select
        invoice_id as contract_id, line_number as line_order, 4 as decimals,
        {{ amount_as_quantity('amount') }} as quantity,
        {{ amount_as_unit_price('amount') }} as unit_price,
        null::decimal(20, 10) as commit_price, amount,
        amount as coverable,
    from {{ ref('final_lines') }}
    semi join legacy using (invoice_id)
),

{{ drawdown_passes() }}

select
    passes.contract_id as invoice_id,
    passes.line_order as line_number,
    met.commit_id,
    met.segment,
    passes.covered as amount,
from passes
inner join met using (contract_id, line_order, burn_rank)
where passes.covered > 0
