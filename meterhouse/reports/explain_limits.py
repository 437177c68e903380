"""The explanation of a minimum or cap: its row, what it counted, what is billed of it (S-57)."""

from meterhouse.common.model_sql import macro_sql
from meterhouse.reports.explain_case import Case, Section

# What invoices had of the period when this one was made, and the lines of this one.
_OF_PERIOD = """
    with this as (
        select coalesce(max(sequence) filter (invoice_id = $invoice), 9223372036854775807)
            as sequence
        from ledger.invoices
    ),

    owners as (
        select invoice_id from ledger.invoices
        where contract_id = $contract and period_start = $start and invoice_type = 'usage'
    ),

    of_period as (
        select invoices.sequence, lines.*
        from ledger.invoice_lines as lines
        inner join ledger.invoices as invoices using (invoice_id)
        cross join this
        where coalesce(lines.corrects_invoice_id, lines.invoice_id) in (from owners)
            and invoices.invoice_type in ('usage', 'late_usage')
            and invoices.sequence < this.sequence
            and coalesce(invoices.voided_sequence > this.sequence, true)
        union all by name
        select * from {lines} where corrects_invoice_id is not distinct from $corrects
    )
"""


def limit(case: Case) -> list[Section]:
    """The sections of a `minimum` or `cap` line."""
    line = case.line
    parameters = {
        "invoice": case.header["invoice_id"],
        "contract": case.header["contract_id"],
        "start": line["service_start"],
        "corrects": line["corrects_invoice_id"],
        "limit": line["source_id"],
    }
    asked = {**parameters, "line": line["line_number"]}
    del asked["limit"]
    of_period = _OF_PERIOD.format(lines=case.lines)
    return [_row(case), _counted(case, of_period, parameters), _billed(case, of_period, asked)]


def _row(case: Case) -> Section:
    stated = "maximum_amount" if case.line["line_type"] == "cap" else "minimum_amount"
    amount = macro_sql("prorated_amount('stated', '1', 'days', 'full_days', 'decimals')")
    return case.section(
        "The row of period_limits, and its amount in this period: × days / days of the full period",
        f"""
        select
            * exclude (decimals),
            {amount} as amount_in_period
        from (
            select
                limits.*, limits.{stated} as stated, units.decimals,
                ($end::date - $start::date)::integer as days,
                case
                    when limits.prorated then periods.full_period_end - periods.full_period_start
                    else days
                end::integer as full_days
            from book_period_limits as limits
            inner join book_pricing_units as units on units.pricing_unit = $unit
            left join calendar.billing_periods as periods
                on periods.contract_id = limits.contract_id and periods.period_start = $start
            where limits.limit_id = $limit
        )
        """,
        {
            "limit": case.line["source_id"],
            "unit": case.line["pricing_unit"],
            "start": case.line["service_start"],
            "end": case.line["service_end"],
        },
        note="the row in force on the period's first day counts (S-57)",
    )


def _counted(case: Case, of_period: str, parameters: dict[str, object]) -> Section:
    return case.section(
        "The lines that it counts, before balances (S-57)",
        of_period
        + """
        select
            lines.invoice_id, lines.line_number, lines.line_type, lines.product_id,
            lines.service_start, lines.amount,
            cast(
                sum(lines.amount) over (order by lines.sequence nulls last, lines.line_number)
                as decimal(28, 4)
            ) as sum_so_far
        from of_period as lines
        inner join book_period_limits as limits on limits.limit_id = $limit
        left join book_products as products on lines.product_id = products.product_id
        where lines.line_type in ('usage', 'late_usage', 'subscription', 'composite')
            and lines.pricing_unit = $unit
            and """
        + macro_sql("counts_product('limits', 'lines.product_id', 'products.tags')")
        + """
        order by lines.sequence nulls last, lines.line_number
        """,
        {**parameters, "unit": case.line["pricing_unit"]},
        note="a line that a commit at its own rate re-priced counts at the rate's price (S-42)",
    )


def _billed(case: Case, of_period: str, parameters: dict[str, object]) -> Section:
    return case.section(
        "Caps and minimums of the period: what each comes to on its invoices (S-57)",
        of_period
        + """
        select
            invoice_id, line_number, line_type, source_id as limit_id, amount,
            cast(
                sum(amount) over (
                    partition by line_type, source_id order by sequence nulls last, line_number
                )
                as decimal(28, 4)
            ) as amount_so_far,
            -- a limit has a line more wherever its usage came late
            (invoice_id, line_number) = ($invoice, $line) as is_this
        from of_period
        where line_type in ('cap', 'minimum')
        order by sequence nulls last, line_number
        """,
        parameters,
        note="caps come first, of products, then tags, then everything, each over what the earlier"
        " ones leave; then minimums, and one on everything counts the narrower ones",
    )
