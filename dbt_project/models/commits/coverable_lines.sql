-- one row per line of an open invoice that balances may meet, with what they may cover of it
-- S-40: the negative amounts of its slice on the invoice are first set against the slice's positive
-- lines, the last first; so is what has been paid for the slice beyond what is charged (S-38). Then caps
-- are set against the lines that they count (S-57); each is a slice of its own, also where two print the same
-- product. A conversion line has its amount in commits.conversion_lines.
with recursive slice_lines as (
    select
        lines.*,
        case when lines.line_type = 'cap' then lines.source_id end as cap_id,
        {{ to_amount(
            'greatest(least('
            'lines.amount, lines.amount + coalesce(sum(greatest(lines.amount, 0)) over later_lines, 0) '
            '- sum(greatest(-lines.amount, 0)) over whole_slice '
            '- greatest(coalesce(slices.paid - slices.charged, 0), 0)'
            '), 0)'
        ) }} as coverable,
    from {{ ref('drawdown_candidates') }} as lines
    left join {{ ref('final_slices') }} as slices using (contract_id, slice_key)
    window
        whole_slice as (
            partition by lines.contract_id, lines.period_start, lines.slice_key, cap_id, lines.corrects_invoice_id
        ),
        later_lines as (
            partition by lines.contract_id, lines.period_start, lines.slice_key, cap_id, lines.corrects_invoice_id
            order by lines.line_order desc
            rows between unbounded preceding and 1 preceding
        )
),

-- What final invoices have of each cap: below 0 where its period is full.
billed_caps as (
    select contract_id, slice_period, source_id, sum(amount) as amount
    from {{ ref('final_lines') }}
    where line_type = 'cap'
    group by all
),

-- The lines of one period on one invoice: a cap counts no others. A full one whose amount stays has no line.
acting_caps as (
    select
        lines.contract_id, lines.period_start || ' ' || lines.slice_period as cap_group, limits.place as stated_place,
        limits.period_start as limited_period, lines.pricing_unit,
        coalesce(max(lines.line_order) filter (where lines.source_id = limits.limit_id), 0) as cap_order,
        coalesce(sum(lines.amount) filter (where lines.source_id = limits.limit_id), 0)::decimal(20, 4) as of_line,
        of_line > 0 or coalesce(max(billed.amount), 0) < 0 as sets_money,
    from slice_lines as lines
    inner join {{ ref('limits_in_force') }} as limits
        on lines.contract_id = limits.contract_id
        and lines.slice_period = limits.period_start
        and lines.pricing_unit = limits.currency
        and limits.line_type = 'cap'
    left join billed_caps as billed
        on limits.contract_id = billed.contract_id
        and limits.period_start = billed.slice_period
        and limits.limit_id = billed.source_id
    group by all
    having of_line <> 0 or sets_money
),

caps as (
    select
        *, row_number() over (partition by contract_id, cap_group order by stated_place)::integer as place,
    from acting_caps
),

settled_caps as (
    select contract_id, cap_group, place, cap_order, of_line as amount, sets_money from caps
),

cap_scopes as (
    select caps.contract_id, caps.cap_group, caps.place, products.product_id
    from caps
    inner join {{ ref('limited_products') }} as products
        on caps.contract_id = products.contract_id
        and caps.limited_period = products.period_start
        and caps.stated_place = products.place
),

capped_lines as (
    select lines.*, groups.cap_group
    from slice_lines as lines
    inner join (select distinct contract_id, cap_group, pricing_unit from caps) as groups
        on lines.contract_id = groups.contract_id
        and lines.period_start || ' ' || lines.slice_period = groups.cap_group
        and lines.pricing_unit = groups.pricing_unit
    where lines.converted_unit is null
),

cap_states as (
    select
        contract_id, cap_group, line_order, case when line_type <> 'cap' then product_id end as product_id,
        false as is_money, coverable as remaining,
    from capped_lines
    union all
    -- what the slice's lines take back, less what of it goes back to balances
    select
        lines.contract_id, lines.cap_group, min(lines.line_order) as line_order, lines.product_id, true as is_money,
        greatest(-sum(lines.amount) - coalesce(max(returned.amount), 0), 0) as remaining,
    from capped_lines as lines
    left join (
        select contract_id, slice_key, sum(amount) as amount from {{ ref('slice_returns') }} group by all
    ) as returned using (contract_id, slice_key)
    where lines.line_type <> 'cap'
    group by lines.contract_id, lines.cap_group, lines.slice_key, lines.product_id
    having sum(lines.amount) < 0
),

{{ cap_settlement() }}

select lines.* exclude (cap_id) replace (coalesce(settled.remaining, lines.coverable)::decimal(20, 4) as coverable),
from slice_lines as lines
left join (
    select contract_id, line_order, arg_max(remaining, place) as remaining
    from cap_settlement
    where not is_money
    group by all
) as settled using (contract_id, line_order)
