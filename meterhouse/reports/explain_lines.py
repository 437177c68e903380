"""The explanation of each type of line."""

from meterhouse.reports import explain_commits, explain_limits, explain_subscriptions
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_rates import rate_sections
from meterhouse.reports.explain_usage import calculation, usage_sections


def sections_of(case: Case, limit: int) -> list[Section]:
    """Everything that explains a line besides its summary."""
    line_type = case.line["line_type"]
    if line_type in ("usage", "late_usage"):
        return usage_sections(case, limit)
    sections = {
        "subscription": explain_subscriptions.subscription,
        "composite": _composite,
        "cap": explain_limits.limit,
        "minimum": explain_limits.limit,
        "scheduled": _scheduled,
        "commit_purchase": explain_commits.purchase,
        "commit_applied": explain_commits.coverage,
        "unit_conversion": _conversion,
        "true_up": explain_commits.true_up,
    }[line_type](case)
    return [*sections, *rate_sections(case)]


def _composite(case: Case) -> list[Section]:
    bases = case.section(
        "The lines that the percentage is taken of, before commits (S-29)",
        f"""
        with rates as (
            select
                lines.line_number as composite_line,
                greatest(rates.starting_on, overrides.starting_on) as starts_on,
                least(
                    coalesce(rates.ending_before, date 'infinity'),
                    coalesce(overrides.ending_before, date 'infinity')
                ) as ends_before,
                (overrides.override_id is not null, overrides.priority) as rank
            from {case.lines} as lines
            inner join book_rates as rates using (rate_id)
            left join book_contract_overrides as overrides
                on lines.override_id = overrides.override_id
            where line_type = 'composite' and lines.product_id = $product
                and lines.corrects_invoice_id is not distinct from $corrects
        ),

        bases as (
            select lines.*, arg_max(rates.composite_line, rates.rank) as composite_line
            from {case.lines} as lines
            inner join book_products as products using (product_id)
            inner join rates
                on lines.service_start >= rates.starts_on
                and lines.service_start < rates.ends_before
            where line_type in ('usage', 'late_usage', 'subscription') and pricing_unit = $unit
                and lines.corrects_invoice_id is not distinct from $corrects
                and exists (
                    select 1 from book_composite_products as listed
                    where listed.product_id = $product
                        and (
                            listed.applies_to_product_id = lines.product_id
                            or list_contains(products.tags, listed.applies_to_tag)
                        )
                )
            group by all
        )

        select
            line_number, line_type, product_id, service_start, amount,
            cast(sum(amount) over (order by line_number) as decimal(28, 4)) as sum_so_far
        from bases
        where composite_line = $line
        order by line_number
        """,
        {
            "product": case.line["product_id"],
            "unit": case.line["pricing_unit"],
            "line": case.line["line_number"],
            "corrects": case.line["corrects_invoice_id"],
        },
        note="lines whose first day lies under another rate have a composite line of their own; "
        "minimum and maximum of the product settle on its last line",
    )
    if case.line["corrects_invoice_id"] is None:
        return [calculation(case), bases]
    return [calculation(case), bases, _composite_so_far(case)]


def _composite_so_far(case: Case) -> Section:
    """What invoices bill of a corrected period's percentage, up to this line (S-29)."""
    return case.section(
        "The percentage of the corrected period, worked out anew (S-29): what is billed of it",
        """
        with this as (
            select coalesce(max(sequence) filter (invoice_id = $1), 9223372036854775807) as sequence
            from ledger.invoices
        ),

        billed as (
            select invoices.sequence, lines.*
            from ledger.invoice_lines as lines
            inner join ledger.invoices as invoices using (invoice_id)
            cross join this
            where lines.line_type = 'composite' and lines.product_id = $2
                and coalesce(lines.corrects_invoice_id, lines.invoice_id) = $3
                and invoices.sequence < this.sequence
                and coalesce(invoices.voided_sequence > this.sequence, true)
            union all by name
            select * from """
        + case.lines
        + """ where line_type = 'composite' and product_id = $2 and corrects_invoice_id = $3
        )

        select
            invoice_id, line_number, rate_id, quantity as base, unit_price, amount,
            cast(sum(quantity) over (order by sequence nulls last, line_number) as decimal(28, 10))
                as base_so_far,
            cast(sum(amount) over (order by sequence nulls last, line_number) as decimal(28, 4))
                as amount_so_far
        from billed
        order by sequence nulls last, line_number
        """,
        case.header["invoice_id"],
        case.line["product_id"],
        case.line["corrects_invoice_id"],
        note="minimum and maximum bound the product's total in the period; without any line left "
        "to take a percentage of it is taken back whole",
    )


def _scheduled(case: Case) -> list[Section]:
    query = "select * from book_scheduled_charges where charge_id = ?"
    return [
        calculation(case),
        case.section("Scheduled charge (S-36)", query, case.line["source_id"]),
    ]


def _converted_lines(case: Case) -> Section:
    title = (
        "The lines behind it: charged in custom units, less what balances of the unit cover (S-49)"
    )
    if case.line["source_id"]:
        return case.section(
            title,
            f"""
            select
                line_number, line_type, product_id, pricing_unit, lines.amount,
                cast(coalesce(paid.amount, 0) as decimal(20, 4)) as paid,
                cast(sum(lines.amount - coalesce(paid.amount, 0)) over (order by line_number)
                    as decimal(28, 4)) as sum_so_far
            from {case.lines} as lines
            left join (
                select line_number, sum(amount) as amount from {case.applications} group by all
            ) as paid using (line_number)
            where pricing_unit = ? and line_type <> 'commit_applied'
                and corrects_invoice_id is not distinct from ?
            order by line_number
            """,
            case.line["source_id"],
            case.line["corrects_invoice_id"],
        )
    # An invoice of a release that did not keep the unit: units in their order, as its conversions.
    return case.section(
        title,
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


def _conversion(case: Case) -> list[Section]:
    behind = _converted_lines(case)
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
