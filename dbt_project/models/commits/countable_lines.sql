-- one row per line, on final and open invoices, of which a postpaid commit may count something
-- S-37: what balances leave uncovered of it. Money that late lines take back of a slice is set against the
-- slice's other lines, the last first, on whatever invoice they are: it counts no longer (S-38). What caps
-- take off does not count either: it is not paid (S-57).
with recursive counting as (
    select contract_id, min(currency) as currency
    from {{ to_rate(ref('commit_segments')) }}
    where type = 'postpaid' and not is_trued_up
    group by contract_id
),

paid as (
    select invoice_id, line_number, sum(amount) as amount
    from {{ ref('final_applications') }}
    group by all
),

printed as (
    select
        lines.* replace (coalesce(conversions.amount, settled.amount) as amount),
        coalesce(covered.amount, 0) as paid,
        coalesce(corrected.price_book, run.price_book) as price_book,
    from {{ ref('drawdown_candidates') }} as lines
    cross join {{ source('inputs', 'run') }} as run
    left join (
        select contract_id, line_rank, sum(amount) as amount from {{ ref('repriced_lines') }} group by all
    ) as settled using (contract_id, line_rank)
    left join {{ ref('conversion_lines') }} as conversions using (contract_id, line_order)
    left join (
        select contract_id, line_order, sum(covered) as amount from {{ ref('drawdowns') }} group by all
    ) as covered using (contract_id, line_order)
    left join {{ source('ledger', 'invoices') }} as corrected on lines.corrects_invoice_id = corrected.invoice_id
    where lines.converted_unit is null or conversions.amount is not null
),

lines as (
    select
        final_lines.*, final_lines.amount - coalesce(paid.amount, 0) as uncovered, final_lines.line_number as place,
    from {{ ref('final_lines') }} as final_lines
    left join paid using (invoice_id, line_number)
    union all by name
    select
        contract_id, period_start, slice_period, slice_key, line_type, product_id, converted_unit, pricing_group,
        pricing_unit, service_start, service_end, price_book, source_id, amount - paid as uncovered,
        line_order as place,
    from printed
),

ordered as (
    select
        lines.*,
        row_number() over (
            partition by lines.contract_id
            order by lines.period_start, lines.invoice_id is null, lines.sequence, lines.place
        )::integer as line_order,
    from lines
    inner join counting
        on lines.contract_id = counting.contract_id
        and lines.pricing_unit = counting.currency
),

slice_lines as (
    select
        contract_id, line_order, invoice_id, period_start, slice_key, slice_period, product_id, converted_unit,
        pricing_group, pricing_unit, service_start, service_end,
        {{ to_amount(
            'greatest(least('
            'uncovered, uncovered + coalesce(sum(greatest(uncovered, 0)) over later_lines, 0) '
            '- sum(greatest(-uncovered, 0)) over whole_slice'
            '), 0)'
        ) }} as countable,
    from ordered
    where line_type <> 'cap'
    window
        whole_slice as (partition by contract_id, slice_key),
        later_lines as (
            partition by contract_id, slice_key
            order by line_order desc
            rows between unbounded preceding and 1 preceding
        )
    qualify countable > 0
),

{{ caps_of_periods('ordered', 'slice_lines') }},

{{ cap_settlement() }}

select lines.* replace (coalesce(settled.remaining, lines.countable)::decimal(20, 4) as countable),
from slice_lines as lines
left join (
    select contract_id, line_order, arg_max(remaining, place) as remaining
    from cap_settlement
    group by all
) as settled using (contract_id, line_order)
where coalesce(settled.remaining, lines.countable) > 0
