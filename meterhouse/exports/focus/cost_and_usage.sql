-- one row per line of the customer's final invoices that is money, and one where a balance paid
-- what the ledger of an earlier release does not assign to lines; BilledCost adds up to the totals
with chosen as (
    select
        invoices.invoice_id, invoices.invoice_number, invoices.customer_id, invoices.contract_id,
        invoices.currency, invoices.period_start, invoices.period_end, invoices.issue_on,
        invoices.total,
        -- of a customer that left the price book there is the id
        coalesce(customers.name, invoices.customer_id) as account_name
    from invoices
    left join customers on invoices.customer_id = customers.customer_id
    where
        invoices.customer_id = $customer and invoices.status = 'finalized'
        and invoices.invoice_number is not null
),

paid as (
    select
        applications.invoice_id,
        applications.line_number,
        sum(applications.amount)::decimal(38, 4) as amount,
        coalesce(
            sum(applications.amount) filter (where commits.type = 'credit'), 0
        )::decimal(38, 4) as free_amount,
        string_agg(
            concat(
                '{{"ContractId":', to_json(commits.contract_id)::varchar,
                ',"ContractCommitmentId":',
                to_json(concat(applications.commit_id, '.', applications.segment))::varchar,
                ',"ContractCommitmentAppliedCost":', applications.amount::varchar, '}}'
            ),
            ',' order by applications.commit_id, applications.segment
        ) filter (where commits.type <> 'credit') as elements
    from commit_applications as applications
    inner join (select distinct commit_id, contract_id, type from commit_balances) as commits
        on applications.commit_id = commits.commit_id
    group by all
),

lines as (
    select
        chosen.*,
        lines.line_number, lines.line_type, lines.product_id, lines.product_name,
        lines.pricing_group, lines.service_start, lines.service_end, lines.quantity,
        lines.unit_price, lines.list_unit_price, lines.amount, lines.list_amount,
        lines.pricing_unit, lines.converted_unit,
        coalesce(paid.amount, 0) as paid_amount,
        coalesce(paid.free_amount, 0) as free_amount,
        paid.elements,
        try((lines.quantity * lines.unit_price)::decimal(38, 20)) as product,
        -- rounded to the currency it is the amount: half a minor unit away at most
        coalesce(try(abs(product - lines.amount)) <= (
            case units.decimals
                when 0 then 0.5 when 1 then 0.05 when 2 then 0.005 when 3 then 0.0005 else 0.00005
            end
        )::decimal(6, 5), false)
            and lines.unit_price >= 0 and lines.line_type not in ('minimum', 'cap', 'true_up')
            as is_product
    from chosen
    inner join invoice_lines as lines on chosen.invoice_id = lines.invoice_id
    inner join pricing_units as units on chosen.currency = units.pricing_unit
    left join paid
        on lines.invoice_id = paid.invoice_id and lines.line_number = paid.line_number
    where lines.line_type <> 'commit_applied' and lines.pricing_unit = chosen.currency
),

charges as (
    select
        *,
        line_number::varchar as detail,
        amount - paid_amount as billed,
        case when line_type = 'commit_purchase' then 0 else amount - free_amount end as effective,
        case
            when line_type in ('usage', 'late_usage', 'composite', 'unit_conversion') then 'Usage'
            when line_type in ('minimum', 'cap', 'true_up') then 'Adjustment'
            else 'Purchase'
        end as category,
        case line_type when 'subscription' then 'Recurring' when 'usage' then 'Usage-Based'
            when 'late_usage' then 'Usage-Based' when 'composite' then 'Usage-Based'
            when 'unit_conversion' then 'Usage-Based' else 'One-Time' end as frequency,
        coalesce(product_name, concat(converted_unit, ' in ', pricing_unit)) as service
    from lines
    union all by name
    select
        chosen.*,
        'balances' as detail,
        chosen.total - coalesce(of_lines.billed, 0) as billed,
        chosen.total - coalesce(of_lines.billed, 0) as effective,
        chosen.total - coalesce(of_lines.billed, 0) as amount,
        'Credit' as category,
        'One-Time' as frequency,
        'Balances' as service
    from chosen
    left join (
        select invoice_id, sum(amount - paid_amount) as billed from lines group by invoice_id
    ) as of_lines on chosen.invoice_id = of_lines.invoice_id
    where chosen.total <> coalesce(of_lines.billed, 0)
)

select
    {columns}
from charges
order by issue_on, invoice_number, line_number nulls last
