"""What earlier forecasts came to, once their periods are final: outcomes, each once (S-85)."""

from meterhouse.forecast.statements import quotient

# What a run-rate says, to compare with: what grows, as often as the part of the period that has
# passed goes into the whole; levels, maxima and subscriptions as they are.
_RUN_RATE = quotient(
    "least(grows, 100000000000) * length_us::decimal(15, 0)",
    "elapsed_us::decimal(28, 10)",
)

# `{source}`: the log. Late usage, which other periods' invoices bear, is none of a product's.
OUTCOMES = f"""
    create table forecast.outcomes as
    with finals as (
        select invoice_id, contract_id, period_start, currency,
        from ledger.invoices
        where invoice_type = 'usage' and status = 'finalized'
    ),

    bears as (
        select finals.contract_id, finals.period_start, 'product' as kind, lines.product_id,
            lines.pricing_unit,
            (sum(lines.quantity) filter (lines.line_type = 'usage'))::decimal(28, 10) as quantity,
            sum(lines.amount)::decimal(20, 4) as amount,
        from ledger.invoice_lines as lines
        inner join finals using (invoice_id)
        where lines.product_id is not null and lines.corrects_invoice_id is null
            and lines.line_type <> 'commit_applied'
        group by all
        union all by name
        select finals.contract_id, finals.period_start, kinds.kind, lines.pricing_unit,
            sum(lines.amount)::decimal(20, 4) as amount,
        from ledger.invoice_lines as lines
        inner join finals using (invoice_id)
        cross join (select unnest(['spend', 'total']) as kind) as kinds
        where lines.pricing_unit = finals.currency
            and (kinds.kind = 'total' or lines.line_type <> 'commit_applied')
        group by all
    ),

    -- of an invoice, what its products with growing amounts come to so far; the rest stays
    growing as (
        select as_of, contract_id, period_start, pricing_unit, sum(amount_so_far) as amount,
        from {{source}}
        where record = 'forecast' and kind = 'product' and method in ('sum', 'unique', 'derived')
        group by all
    ),

    told as (
        select * exclude (record, tenth, run_rate, actual_quantity, actual_amount, amount),
            case
                when kind = 'product' and method in ('sum', 'unique', 'derived') then amount_so_far
                when kind = 'product' then 0
                else coalesce(amount, 0)
            end::decimal(20, 4) as grows,
            (period_end - period_start) * 86400000000 as length_us,
            greatest(1, epoch_us(as_of) - epoch_us(period_start::timestamptz)) as elapsed_us,
        from {{source}}
        left join growing using (as_of, contract_id, period_start, pricing_unit)
        where record = 'forecast' and kind <> 'commit'
            and as_of < period_end and as_of >= period_start
            and as_of < (select as_of from forecast.moment)
    ),

    known as (
        select as_of, kind, contract_id, period_start, product_id, pricing_unit,
        from {{source}}
        where record = 'outcome'
    )

    select 'outcome' as record, told.* exclude (length_us, elapsed_us, grows),
        least(9, 10 * elapsed_us // length_us)::integer as tenth,
        (amount_so_far - grows + {_RUN_RATE})::decimal(20, 4) as run_rate,
        bears.quantity as actual_quantity,
        coalesce(bears.amount, 0)::decimal(20, 4) as actual_amount,
    from told
    semi join finals
        on told.contract_id = finals.contract_id and told.period_start = finals.period_start
    left join bears
        on told.contract_id = bears.contract_id and told.period_start = bears.period_start
        and told.kind = bears.kind and told.pricing_unit = bears.pricing_unit
        and told.product_id is not distinct from bears.product_id
    anti join known
        on told.as_of = known.as_of and told.kind = known.kind
        and told.contract_id = known.contract_id and told.period_start = known.period_start
        and told.pricing_unit = known.pricing_unit
        and told.product_id is not distinct from known.product_id
"""
