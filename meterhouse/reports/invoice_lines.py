"""The table of lines on an invoice or credit note."""

from decimal import Decimal
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table

from meterhouse.reports.invoice_data import Invoice
from meterhouse.reports.text import Text, days, group, money, number, percentage
from raw_events.common.text import shown

SECTIONS = {
    "usage": "Usage",
    "late_usage": "Late usage of earlier periods",
    "subscription": "Subscriptions",
    "composite": "Charges on other lines",
    "cap": "Over the cap of a period",
    "minimum": "Up to the minimum of a period",
    "scheduled": "Scheduled charges",
    "commit_purchase": "Commits bought",
    "true_up": "True-up",
    "unit_conversion": "Conversion of pricing units",
    "commit_applied": "Covered by commits and credits",
}
# Decimals of a currency that no frozen price book knows.
USUAL_DECIMALS = 2


def lines_table(
    invoice: Invoice, decimals: dict[str, int], commits: dict[str, str]
) -> RenderableType:
    """Lines and breakdowns; `commits`: what each commit is called, see `commit_names`."""
    if not invoice.lines:
        return Text(" Nothing to charge: no lines.\n")
    with_list = any(_list_price_differs(line) for line in invoice.lines)
    with_parts = bool(invoice.breakdowns)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Description", overflow="fold", min_width=16, max_width=60)
    table.add_column("Days", overflow="fold", min_width=12)
    for title in ("Quantity", "Unit price", *(["List price"] if with_list else [])):
        table.add_column(title, justify="right", no_wrap=True)
    for title in (*(["Of which"] if with_parts else []), "Amount"):
        table.add_column(title, justify="right", no_wrap=True)
    # Sections in the order of their first line; the numbers show the invoice's own order.
    for line_type in dict.fromkeys(line["line_type"] for line in invoice.lines):
        section = SECTIONS.get(line_type, line_type)
        table.add_row("", Text(section, "bold"))
        for line in invoice.lines:
            if line["line_type"] != line_type:
                continue
            cells: list[RenderableType] = [
                str(line["line_number"]),
                _description(line, commits),
                days(line["service_start"], line["service_end"]),
                number(line["quantity"]),
                _unit_price(line, line["unit_price"], decimals),
            ]
            if with_list:
                differs = _list_price_differs(line)
                cells.append(
                    _unit_price(line, line["list_unit_price"], decimals) if differs else ""
                )
            amount = _amount(invoice, line, line["amount"], decimals)
            # Texts, not strings: a bracket in a name is not rich's markup.
            table.add_row(*cells, *([""] if with_parts else []), Text(amount))
            for part in invoice.breakdowns.get(line["line_number"], []):
                empty = [""] if with_list else []
                table.add_row(
                    "",
                    Text("  " + (group(part["presentation_group"]) or "(all)"), "dim"),
                    "",
                    Text(number(part["quantity"]), "dim"),
                    "",
                    *empty,
                    Text(_amount(invoice, line, part["amount"], decimals), "dim"),
                )
    return table


def is_of_commit(line: dict[str, Any]) -> bool:
    """Whether a line is about a commit."""
    return line["commit_id"] is not None


def _description(line: dict[str, Any], commits: dict[str, str]) -> RenderableType:
    """What is covered says which balance did it; what is sold is the product, of which commit."""
    commit = commits.get(line["commit_id"] or "", "")
    covers = line["line_type"] == "commit_applied"
    detail = [group(line["pricing_group"])]
    if line["tier"] is not None:
        detail.append(f"tier {line['tier']}")
    if line["commit_id"]:
        segment = "" if line["segment"] is None else f" segment {line['segment']}"
        detail += ["" if covers else commit, f"{line['commit_id']}{segment}"]
    if line["corrects_invoice_id"]:
        detail.append(f"belongs to {line['corrects_invoice_id']}")
    detail = [text for text in detail if text]
    name = (
        (covers and commit)
        or line["product_name"]
        or line["product_id"]
        or f"to {line['pricing_unit']}"
    )
    return Text.assemble(shown(name), (("\n" + ", ".join(detail)) if detail else "", "dim"))


def _list_price_differs(line: dict[str, Any]) -> bool:
    return line["list_unit_price"] not in (None, line["unit_price"])


def _unit_price(line: dict[str, Any], price: Decimal | None, decimals: dict[str, int]) -> str:
    if price is None:
        return ""
    if line["line_type"] == "composite":
        return percentage(price)
    return number(price, at_least=decimals.get(line["pricing_unit"], USUAL_DECIMALS))


def _amount(
    invoice: Invoice, line: dict[str, Any], amount: Decimal, decimals: dict[str, int]
) -> str:
    unit = line["pricing_unit"]
    text = money(amount, decimals.get(unit, USUAL_DECIMALS))
    # Lines in a custom pricing unit are not part of the totals (S-49): they say their unit.
    return text if unit == invoice.header["currency"] else f"{text} {unit}"
