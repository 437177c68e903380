"""The explanation of each type of line."""

from dagster_pipeline.reports.explain_case import Case, Section
from dagster_pipeline.reports.explain_rates import rate_sections
from dagster_pipeline.reports.explain_usage import calculation, usage_sections


def sections_of(case: Case, limit: int) -> list[Section]:
    """Everything that explains a line besides its summary."""
    line_type = case.line["line_type"]
    if line_type in ("usage", "late_usage"):
        return usage_sections(case, limit)
    sections = {
        "subscription": _subscription,
        "composite": _composite,
        "scheduled": _scheduled,
        "commit_purchase": _commit_purchase,
        "commit_applied": _coverage,
        "unit_conversion": _conversion,
        "true_up": _true_up,
    }[line_type](case)
    return [*sections, *rate_sections(case)]


def _subscription(case: Case) -> list[Section]:
    line = case.line
    terms = case.section(
        "Subscription (S-34, S-35)",
        """
        select subscriptions.*, changes.effective_on, changes.quantity as quantity_from_then
        from book_subscriptions as subscriptions
        left join book_subscription_quantities as changes using (subscription_id)
        where subscriptions.contract_id = ? and subscriptions.product_id = ?
            and subscription_id = coalesce(?, subscription_id)
        order by subscription_id, effective_on
        """,
        case.header["contract_id"],
        line["product_id"],
        line["source_id"],
    )
    calculation = case.section(
        "How the amount comes about: full price × days charged / days of the full period",
        f"""
        select
            lines.quantity, lines.unit_price,
            cast(lines.quantity * lines.unit_price as decimal(38, 20)) as full_price,
            lines.service_end - lines.service_start as days_charged,
            periods.full_period_end - periods.full_period_start as days_of_full_period,
            lines.amount
        from {case.lines} as lines
        left join calendar.billing_periods as periods
            on periods.contract_id = ? and lines.service_start >= periods.period_start
            and lines.service_start < periods.period_end
        where line_number = ?
        """,
        case.header["contract_id"],
        line["line_number"],
        note="without proration any started period costs the full price",
    )
    return [calculation, terms]


def _composite(case: Case) -> list[Section]:
    bases = case.section(
        "The lines that the percentage is taken of, before commits (S-29)",
        f"""
        select
            line_number, line_type, lines.product_id, service_start, amount,
            cast(sum(amount) over (order by line_number) as decimal(28, 4)) as sum_so_far
        from {case.lines} as lines
        inner join book_products as products using (product_id)
        where line_type in ('usage', 'subscription') and pricing_unit = ?
            and exists (
                select 1 from book_composite_products as listed
                where listed.product_id = ?
                    and (
                        listed.applies_to_product_id = lines.product_id
                        or list_contains(products.tags, listed.applies_to_tag)
                    )
            )
        order by line_number
        """,
        case.line["pricing_unit"],
        case.line["product_id"],
        note="lines whose first day lies under another rate have a composite line of their own; "
        "minimum and maximum of the product settle on its last line",
    )
    return [calculation(case), bases]


def _scheduled(case: Case) -> list[Section]:
    query = "select * from book_scheduled_charges where charge_id = ?"
    return [
        calculation(case),
        case.section("Scheduled charge (S-36)", query, case.line["source_id"]),
    ]


def _commit_purchase(case: Case) -> list[Section]:
    query = "select * from book_commit_invoices where commit_id = ? order by invoice_on"
    return [
        case.section("Invoice schedule of the commit (S-37)", query, case.line["commit_id"]),
        _commit(case),
    ]


def _commit(case: Case) -> Section:
    return case.section(
        "The commit and what gives access to it",
        "select commits.* exclude (contract_id), access.* exclude (commit_id) "
        "from book_commits as commits left join book_commit_access as access using (commit_id) "
        "where commit_id = ? order by segment",
        case.line["commit_id"],
    )


def _coverage(case: Case) -> list[Section]:
    line = case.line
    covered = case.section(
        "Charged lines of the invoice in the segment's unit, in the order in which they meet "
        "balances (S-40)",
        f"""
        select line_number, line_type, product_id, pricing_group, service_start, service_end, amount
        from {case.lines}
        where line_type <> 'commit_applied' and pricing_unit = ?
        order by line_number
        """,
        line["pricing_unit"],
    )
    ledger = case.section(
        "Ledger of the commit segment (S-41)",
        f"""
        with entries as (
            select invoices.sequence, invoices.invoice_id, invoices.status, lines.amount
            from ledger.invoice_lines as lines
            inner join ledger.invoices as invoices using (invoice_id)
            where lines.line_type = 'commit_applied' and lines.commit_id = $1 and lines.segment = $2
            union all
            select null, $3, 'draft', amount
            from {case.lines}
            where $4 and line_type = 'commit_applied' and commit_id = $1 and segment = $2
        )

        select
            invoice_id, status, entries.amount,
            cast(access.amount + sum(entries.amount) filter (status <> 'void') over (
                order by sequence nulls last
            ) as decimal(20, 4)) as balance_after
        from entries
        inner join book_commit_access as access on access.commit_id = $1 and access.segment = $2
        order by sequence nulls last
        """,
        line["commit_id"],
        line["segment"],
        case.header["invoice_id"],
        not case.is_final,
        note="a void invoice gives back what it took (S-50)",
    )
    return [_commit(case), ledger, covered]


def _conversion(case: Case) -> list[Section]:
    behind = case.section(
        "The lines behind it: charged in custom units, less what balances of the unit cover (S-49)",
        f"""
        with behind as (
            select *, sum(amount) over (partition by pricing_unit) as left_over
            from {case.lines}
            where pricing_unit <> ? and line_type <> 'unit_conversion'
        ),

        units as (
            select *, dense_rank() over (order by pricing_unit) as unit_number
            from behind
            where left_over <> 0
        ),

        conversions as (
            select line_number, row_number() over (order by line_number) as unit_number
            from {case.lines}
            where line_type = 'unit_conversion'
        )

        select
            line_number, line_type, product_id, pricing_unit, amount,
            cast(sum(amount) over (order by line_number) as decimal(28, 4)) as sum_so_far
        from units
        where unit_number = (select unit_number from conversions where line_number = ?)
        order by line_number
        """,
        case.header["currency"],
        case.line["line_number"],
    )
    units = sorted({row[3] for row in behind.rows})
    rates = case.section(
        "Conversion rates of the card: the one in force on the period's last day",
        "select rates.* from book_pricing_unit_conversions as rates "
        "inner join book_contracts as contracts using (rate_card_id) "
        "where contract_id = ? and list_contains(?, pricing_unit) order by starting_on",
        case.header["contract_id"],
        units,
    )
    return [calculation(case), behind, rates]


def _true_up(case: Case) -> list[Section]:
    counted = case.section(
        "What was committed, less what counted against it (S-37)",
        "select access.amount as committed, cast(access.amount - cast(? as decimal(20, 4)) "
        "as decimal(20, 4)) as counted, cast(? as decimal(20, 4)) as shortfall "
        "from book_commit_access as access where commit_id = ?",
        case.line["amount"],
        case.line["amount"],
        case.line["commit_id"],
    )
    lines = case.section(
        "Lines of final invoices inside the commit's dates, with what balances covered of them",
        """
        with this as (
            select
                coalesce(max(sequence) filter (invoice_id = $3), 9223372036854775807) as sequence,
                coalesce(max(finalized_at) filter (invoice_id = $3), 'infinity') as finalized_at,
            from ledger.invoices
        )

        select
            invoices.invoice_id, lines.line_number, lines.line_type, lines.product_id,
            lines.service_start, lines.service_end, lines.amount,
            cast(sum(lines.amount) over (order by invoices.sequence, lines.line_number)
                as decimal(28, 4)) as sum_so_far
        from ledger.invoice_lines as lines
        inner join ledger.invoices as invoices using (invoice_id)
        inner join book_commit_access as access on access.commit_id = $1
        cross join this
        where invoices.contract_id = $2 and invoices.invoice_type in ('usage', 'late_usage')
            and invoices.finalized_at <= this.finalized_at
            and coalesce(invoices.voided_sequence > this.sequence, true)
            and lines.pricing_unit = $4
            and lines.service_start >= access.starting_on
            and lines.service_end <= access.ending_before
        order by invoices.sequence, lines.line_number
        """,
        case.line["commit_id"],
        case.header["contract_id"],
        case.header["invoice_id"],
        case.line["pricing_unit"],
        note="negative lines are set against their group first and give nothing back (S-40)",
    )
    return [counted, _commit(case), lines]
