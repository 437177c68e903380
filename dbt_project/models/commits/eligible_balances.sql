-- one row per line of an open invoice and commit segment that may cover it
-- S-38: of its contract and pricing unit, applicable to its product and group, its service dates
-- inside the access dates, and of one that waits for its payment inside days for which it is paid (S-73).
-- What a final true-up charged is a balance too, for late lines, and for the replacement of a void invoice
-- where the ledger knows what had counted of it.
with paying as (
    select distinct payments.commit_id, payments.segment
    from {{ ref('slice_payments') }} as payments
    semi join {{ ref('drawdown_candidates') }} using (contract_id, slice_key)
),

known_counts as (
    select distinct commit_id from {{ source('ledger', 'counted_slices') }}
),

met as (
    select
        lines.contract_id,
        lines.line_order,
        segments.is_custom_unit,
        segments.commit_id,
        segments.segment,
        segments.burn_order,
        segments.rolls_over_from,
        segments.rollover_fraction,
        segments.used_before,
        segments.has_commit_rate,
        segments.balance,
    from {{ ref('coverable_lines') }} as lines
    inner join {{ ref('applicable_commits') }} as applicable
        on lines.contract_id = applicable.contract_id
        and lines.product_id is not distinct from applicable.product_id
        and lines.pricing_group = applicable.pricing_group
    inner join {{ ref('standing_segments') }} as segments
        on applicable.commit_id = segments.commit_id
        and {{ meets('lines', 'segments') }}
    left join {{ ref('gate_stretches') }} as stretches
        on segments.is_gated
        and coalesce(stretches.price_book, segments.price_book) = segments.price_book
        and segments.commit_id = stretches.commit_id
        and segments.segment = stretches.segment
        and lines.service_start >= stretches.serves_from
        and lines.service_start < stretches.serves_before
        and lines.service_end <= stretches.serves_before
    left join paying
        on segments.commit_id = paying.commit_id
        and segments.segment = paying.segment
    left join known_counts on segments.commit_id = known_counts.commit_id
    where (lines.coverable > 0 or lines.converted_unit is not null)
        and (not segments.is_gated or stretches.commit_id is not null)
        and (segments.balance > 0 or paying.commit_id is not null)
        and (
            segments.type <> 'postpaid'
            or (
                segments.is_trued_up
                and (lines.corrects_invoice_id is not null or known_counts.commit_id is not null)
            )
        )
),

ranked as (
    select
        *,
        dense_rank() over (partition by contract_id, is_custom_unit order by burn_order)::integer as burn_rank,
    from met
),

-- What another segment leaves can be had only when that has met its lines, which it does first: it
-- ends earlier.
ranks as (
    select distinct commit_id, segment, burn_rank from ranked
)

select
    ranked.*,
    sources.balance as source_balance,
    ranks.burn_rank as source_rank,
from ranked
left join {{ ref('standing_segments') }} as sources
    on ranked.commit_id = sources.commit_id
    and ranked.rolls_over_from = sources.segment
left join ranks
    on ranked.commit_id = ranks.commit_id
    and ranked.rolls_over_from = ranks.segment
