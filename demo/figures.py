"""What the report asks the marts. Every query reads published marts only; amounts stay DECIMAL."""

# Usage belongs to the month of its last day of service (late usage to the month it was used in), a
# fee in advance to the month it begins in, a true-up to the month before its date.
# Paying into a balance is not revenue, and being paid from one does not lessen it (S-37, S-41).
REVENUE = """
    with charges as (
        select
            invoices.currency,
            coalesce(product_name, 'Lantern credits used') as product,
            date_trunc('month', case
                when invoice_type = 'scheduled' then service_start
                when invoice_type = 'true_up' then service_start - 1
                else service_end - 1
            end)::date as month,
            amount,
        from invoice_lines
        inner join invoices using (invoice_id)
        where
            invoices.status = 'finalized'
            and line_type not in ('commit_applied', 'commit_purchase')
            and pricing_unit = invoices.currency
    )

    select
        currency,
        product,
        coalesce(sum(amount) filter (where month = '2026-01-01'), 0),
        coalesce(sum(amount) filter (where month = '2026-02-01'), 0),
        coalesce(sum(amount) filter (where month = '2026-03-01'), 0),
        coalesce(sum(amount) filter (where month > '2026-03-01'), 0),
        sum(amount)
    from charges
    group by currency, product
    having sum(amount) <> 0
    order by currency = 'USD' desc, currency, sum(amount) desc, product
"""

SETTLED = """
    with purchases as (
        select invoice_id, sum(amount) as bought
        from invoice_lines
        where line_type = 'commit_purchase'
        group by invoice_id
    )

    select currency, coalesce(sum(bought), 0), sum(credits_applied), count(*), sum(total)
    from invoices
    left join purchases using (invoice_id)
    where status = 'finalized' and invoice_number is not null
    group by currency
"""

# Amounts in different currencies are not compared: the largest of each.
LARGEST = """
    select
        invoice_number,
        customer_name,
        invoice_type,
        coalesce(period_start::varchar || ' to ' || (period_end - 1)::varchar, issue_on::varchar),
        currency,
        subtotal,
        credits_applied,
        total
    from invoices
    where status = 'finalized' and invoice_type <> 'scheduled'
    qualify row_number() over (partition by currency order by subtotal desc, invoice_id)
        <= if(currency = 'USD', 6, 2)
    order by currency = 'USD' desc, currency, subtotal desc, invoice_id
"""

DRAFTS = """
    select
        currency,
        count(*) filter (where exists (select 1 from invoice_lines as line
            where line.invoice_id = invoices.invoice_id)),
        sum(subtotal),
        sum(total)
    from invoices
    where status = 'draft'
    group by currency
    order by currency = 'USD' desc, currency
"""

LARGEST_DRAFTS = """
    select
        invoice_id,
        period_start::varchar || ' to ' || (period_end - 1)::varchar,
        finalizes_at::varchar,
        currency,
        subtotal,
        credits_applied,
        total
    from invoices
    where status = 'draft' and subtotal > 0
    qualify row_number() over (partition by currency order by subtotal desc, invoice_id)
        <= if(currency = 'USD', 4, 2)
    order by currency = 'USD' desc, currency, subtotal desc, invoice_id
"""

LATE = """
    select
        corrects_invoice_id,
        coalesce(invoices.invoice_number, invoices.status)
        || if(invoice_type = 'late_usage', ' (the contract is over)', '') as carrier,
        customer_name,
        count(distinct product_id),
        count(*),
        invoices.currency,
        sum(amount)
    from invoice_lines
    inner join invoices using (invoice_id)
    where line_type = 'late_usage'
    group by corrects_invoice_id, carrier, customer_name, invoices.currency, invoice_type
    qualify row_number() over (
        partition by invoices.currency
        order by invoice_type <> 'late_usage', sum(amount) desc, corrects_invoice_id
    ) <= if(invoices.currency = 'USD', 5, 3)
    order by
        invoices.currency = 'USD' desc, invoices.currency, sum(amount) desc, corrects_invoice_id
"""

LATE_TOTALS = """
    select invoices.currency, count(distinct invoice_id), sum(amount)
    from invoice_lines
    inner join invoices using (invoice_id)
    where line_type = 'late_usage'
    group by all
    order by invoices.currency
"""

BALANCES = """
    select
        commit_id || if(count(*) over (partition by commit_id) > 1, ' #' || segment, ''),
        type,
        pricing_unit,
        granted,
        applied_finalized,
        applied_draft,
        expired,
        remaining,
        ending_before
    from commit_balances
    order by
        pricing_unit = 'USD' desc,
        pricing_unit,
        sum(granted) over (partition by commit_id) desc,
        commit_id,
        segment
"""

OUTCOMES = """
    select
        outcome,
        coalesce(sum(events) filter (where source = 'gateway'), 0),
        coalesce(sum(events) filter (where source = 'cluster'), 0),
        coalesce(sum(events) filter (where source = 'relay'), 0),
        coalesce(sum(events) filter (where source in ('job_runs', 'job_cases_hourly')), 0),
        sum(events)
    from event_outcomes
    group by outcome
    order by outcome like 'rejected:%', sum(events) desc, outcome
"""

# A missing price is somebody's task, so each group is told apart; what is free by intention is not.
UNRATED = """
    select
        reason,
        product_id,
        case when reason = 'no_rate' then pricing_group else 'all' end as groups,
        count(distinct contract_id),
        sum(quantity),
        min(period_start)::varchar
    from unrated_usage
    group by reason, product_id, groups
    order by reason <> 'no_rate', sum(quantity) desc, product_id, groups
    limit 12
"""

UNBILLED_TYPES = """
    select event_type, count(distinct contract_id), sum(events)
    from unbilled_event_types
    group by all
    order by sum(events) desc, event_type
"""

BAD_QUANTITIES = """
    select property, reason, sum(events), count(distinct contract_id), min(example_transaction_id)
    from bad_quantities
    group by property, reason
    order by property, reason
"""

DRIFT = """
    select event_type, property, json_type, broken_rules, sum(faults)
    from event_schema_drift
    where faults > 0 and property is not null
    group by all
    order by event_type, property, json_type
"""

RECONCILED = """
    select count(*), count(*) filter (where difference <> 0)
    from reconciliation
"""

# The most telling invoices for a first look: many kinds of lines, but few enough to read.
SHOWCASE = """
    with candidates as (
        select
            invoices.invoice_number,
            customer_name,
            string_agg(distinct line_type, ', ' order by line_type) as kinds,
            count(distinct line_type) as number_of_kinds,
            count(distinct override_id) as overrides,
            count(*) as number_of_lines,
        from invoice_lines
        inner join invoices using (invoice_id)
        where invoices.status = 'finalized' and invoices.invoice_number is not null
        group by all
        having count(*) <= 24
    )

    select invoice_number, customer_name, kinds
    from candidates
    qualify row_number() over (
        partition by kinds order by overrides desc, number_of_lines desc, invoice_number
    ) = 1
    order by number_of_kinds desc, overrides desc, number_of_lines, invoice_number
    limit 3
"""

SHOWCASE_DRAFT = """
    select invoice_id
    from invoice_lines
    inner join invoices using (invoice_id)
    where invoices.status = 'draft'
    group by all
    order by count(distinct line_type) desc, count(*) desc, invoice_id
    limit 1
"""
