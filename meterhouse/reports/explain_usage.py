"""The explanation of usage and late usage: arithmetic, slices, what was billed before, events."""

from datetime import date
from typing import Any

from meterhouse.common.model_sql import macro_sql
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_events import event_section
from meterhouse.reports.explain_rates import rate_sections

# quantity × unit price + fee, before its one rounding: the types of the models (S-18).
CALCULATION = """
    select
        quantity, unit_price, coalesce(flat_fee, 0) as flat_fee,
        cast(quantity * unit_price as decimal(38, 20)) as product,
        cast(quantity * unit_price as decimal(38, 20)) + coalesce(flat_fee, 0) as unrounded,
        amount
    from {lines} where line_number = ?
"""

# Q of S-17 at both ends of each slice and the smallest from its end on, by the macro that bills.
SLICES = """
    with quantified as (
        select
            recorded.*,
            cast({billed_quantity} as decimal(28, 10)) as q_at_end
        from {slices} as recorded
        inner join book_products as products using (product_id)
        where contract_id = ? and product_id = ? and pricing_group = ? and period_start = ?
    ),

    stretched as (
        select
            *,
            coalesce(lag(q_at_end) over (order by service_start), 0) as q_at_start,
            min(q_at_end) over (
                order by service_start rows between current row and unbounded following
            ) as lowest_q_from_its_end_on
        from quantified
    )

    select
        service_start, service_end, metric || ' v' || metric_version as metric, rate_id,
        override_id, outcome, raw_quantity, running_value, q_at_start, q_at_end,
        lowest_q_from_its_end_on, greatest(q_at_start, lowest_q_from_its_end_on) as stretch_ends_at,
        quantity as {recorded}
    from stretched
    order by service_start
"""


def calculation(case: Case) -> Section:
    """Quantity × unit price + fee, before and after rounding."""
    query = CALCULATION.format(lines=case.lines)
    return case.section(
        "How the amount comes about (rounded once, S-19)", query, case.line["line_number"]
    )


def usage_sections(case: Case, limit: int) -> list[Section]:
    """Everything behind a usage or late line."""
    line = case.line
    is_late = line["line_type"] == "late_usage"
    period = case.header["period_start"]
    if is_late:
        query = "select period_start from ledger.invoices where invoice_id = ?"
        period = case.rows(query, line["corrects_invoice_id"])[0]["period_start"]
    slices = _slices(case, period)
    sections = [calculation(case), *rate_sections(case), slices]
    before = _billed_before(case, period)
    if is_late or before.rows:
        sections.append(before)
    return [*sections, *event_section(case, period, _last_day(line, slices), limit)]


def _last_day(line: dict[str, Any], slices: Section) -> date:
    """The day before which events made the line: of later slices where they took from it (S-12)."""
    place = {name: number for number, name in enumerate(slices.columns)}
    for row in slices.rows:
        lowest, at_end = row[place["lowest_q_from_its_end_on"]], row[place["q_at_end"]]
        if row[place["service_start"]] == line["service_start"] and lowest < at_end:
            last: date = max(other[place["service_end"]] for other in slices.rows)
            return last
    end: date = line["service_end"]
    return end


def _slices(case: Case, period: date) -> Section:
    """The slices of the group, and how the stretch that each bills comes about (S-12)."""
    line = case.line
    is_late = line["line_type"] == "late_usage"
    return case.section(
        "Slices of the group that this invoice records (S-13), and the stretch of the period's "
        "quantity that each bills (S-12)",
        SLICES.format(
            slices=case.slices,
            billed_quantity=macro_sql("billed_quantity('recorded.running_value', 'products')"),
            recorded="added_to_what_was_recorded" if is_late else "billed_quantity",
        ),
        case.header["contract_id"],
        line["product_id"],
        line["pricing_group"],
        period,
        period=f"from {period}",
        note="a slice bills from Q at its start up to the smallest Q at its own end and those of "
        "all later slices, if that is above: what falls is taken off the slice that added it",
    )


def _billed_before(case: Case, period: date) -> Section:
    """What other invoices billed for the line's slice and tier when it was made (S-43, S-50)."""
    line = case.line
    found = case.section(
        "What was billed before for this slice and tier (S-43)",
        """
        with this as (
            select coalesce(max(sequence) filter (invoice_id = $1), 9223372036854775807) as sequence
            from ledger.invoices
        )

        select
            invoices.invoice_id, lines.line_number, lines.line_type, lines.quantity,
            lines.unit_price, lines.flat_fee, lines.amount,
            cast(sum(lines.quantity) over (order by invoices.sequence, lines.line_number)
                as decimal(28, 10)) as billed_so_far
        from ledger.invoice_lines as lines
        inner join ledger.invoices as invoices using (invoice_id)
        inner join ledger.invoices as owners
            on coalesce(lines.corrects_invoice_id, lines.invoice_id) = owners.invoice_id
        cross join this
        where owners.contract_id = $2 and owners.period_start = $3
            and invoices.sequence < this.sequence
            and coalesce(invoices.voided_sequence > this.sequence, true)
            and lines.line_type in ('usage', 'late_usage')
            and lines.product_id = $4 and lines.pricing_group = $5
            and lines.service_start = $6 and lines.tier is not distinct from $7
        order by invoices.sequence, lines.line_number
        """,
        case.header["invoice_id"],
        case.header["contract_id"],
        period,
        line["product_id"],
        line["pricing_group"],
        line["service_start"],
        line["tier"],
    )
    before = found.rows[-1][-1] if found.rows else 0
    facts = case.rows(
        f"""
        select
            cast(coalesce(sum(quantity) filter (line_number <> $line), 0) as decimal(28, 10))
                as others,
            cast($before as decimal(28, 10)) + cast(sum(quantity) as decimal(28, 10)) as now
        from {case.lines}
        where line_type in ('usage', 'late_usage') and product_id = $product
            and pricing_group = $group and service_start = $start
            and tier is not distinct from $tier
            and corrects_invoice_id is not distinct from $corrects
        """,
        {
            "line": line["line_number"],
            "before": before,
            "product": line["product_id"],
            "group": line["pricing_group"],
            "start": line["service_start"],
            "tier": line["tier"],
            "corrects": line["corrects_invoice_id"],
        },
    )[0]
    found.facts = {"billed before": before, "this line": line["quantity"]}
    if facts["others"]:
        # At each price at which it was billed, usage goes back by a line of its own.
        found.facts["other lines of it on this invoice"] = facts["others"]
    found.facts["what the period gives now"] = facts["now"]
    return found
