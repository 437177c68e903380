"""`meterhouse invoice`: one invoice as a person reads it."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from meterhouse.reports.invoice_data import Invoice, currency_decimals, load_invoice
from meterhouse.reports.page import UNLIMITED, print_plain
from meterhouse.reports.text import Text, days, group, instant, money, number, percentage
from raw_events.common.text import shown

SECTIONS = {
    "usage": "Usage",
    "late_usage": "Late usage of earlier periods",
    "subscription": "Subscriptions",
    "composite": "Charges on other lines",
    "scheduled": "Scheduled charges",
    "commit_purchase": "Commits bought",
    "true_up": "True-up",
    "unit_conversion": "Conversion of pricing units",
    "commit_applied": "Covered by commits and credits",
}
TYPES = {
    "usage": "usage invoice",
    "scheduled": "scheduled invoice",
    "true_up": "true-up invoice",
    "late_usage": "late usage invoice",
}
# Decimals of a currency that no frozen price book knows.
USUAL_DECIMALS = 2


def print_invoice(marts: Path, id_or_number: str, console: Console | None = None) -> None:
    """Print an invoice: to a terminal with colour and folded to its width, else as plain text.

    Plain text is as wide as its content asks for, so nothing is cut off and the same invoice gives
    the same bytes. Raises the errors of `load_invoice`.
    """
    console = console or Console()
    parts = render_invoice(marts, id_or_number)
    if console.is_terminal:
        terminal = console.width
        for part in parts:
            console.width = max(terminal, _least_width(part))
            console.print(part, crop=False)
        console.width = terminal
        return
    print_plain(parts, console)


def _least_width(part: RenderableType) -> int:
    """Columns below which a number would be cut off; a narrower terminal wraps its lines."""
    wide = Console(file=io.StringIO(), width=UNLIMITED)
    return Measurement.get(wide, wide.options, part).minimum


def render_invoice(
    marts: Path, id_or_number: str, decimals: dict[str, int] | None = None
) -> list[RenderableType]:
    """The parts of an invoice from top to bottom, for rich.

    `decimals`: those of each pricing unit; by default from the price books frozen beside `marts`.
    """
    if decimals is None:
        decimals = currency_decimals(Path(marts).parent)
    invoice = load_invoice(Path(marts), id_or_number)
    parts = [_banner(invoice), _header(invoice), _lines(invoice, decimals)]
    return [part for part in [*parts, _totals(invoice, decimals), _notes(invoice)] if part]


def _banner(invoice: Invoice) -> RenderableType:
    header = invoice.header
    name = header["invoice_number"] or header["invoice_id"]
    kind = TYPES.get(header["invoice_type"], header["invoice_type"])
    if header["status"] == "draft":
        note = (
            f"DRAFT: not an invoice yet; amounts may change until it is made final by the first "
            f"run at or after {instant(header['finalizes_at'])}."
        )
        style = "yellow"
    elif header["status"] == "void":
        note, style = _void_note(invoice), "red"
    else:
        note, style = f"Final since {instant(header['finalized_at'])}.", "green"
    text = Text.assemble((f"{name}", "bold"), f"  {kind}\n", (note, style))
    return Panel(text, box=box.SQUARE, border_style=style, expand=False)


def _void_note(invoice: Invoice) -> str:
    """S-55; marts of an earlier release do not say when and why."""
    header, credit_note = invoice.header, invoice.credit_note
    parts = ["VOID: this invoice is cancelled; nothing is owed on it."]
    if header.get("voided_at"):
        by = f" by {shown(header['voided_by'])}" if header["voided_by"] else ""
        why = shown(header["void_reason"])
        parts.append(f"Taken back at {instant(header['voided_at'])}{by}: {why}")
    if credit_note:
        parts.append(
            f"Credit note {credit_note['credit_note_number']} of {credit_note['issue_on']} takes "
            "back all of its lines."
        )
    if header.get("replaced_by"):
        parts.append(f"Replaced by {shown(header['replaced_by'])}.")
    return "\n".join(parts)


def _header(invoice: Invoice) -> RenderableType:
    header = invoice.header
    rows = {
        "Customer": f"{header['customer_name']} ({header['customer_id']})",
        "Contract": header["contract_id"],
        "Invoice id": header["invoice_id"],
        "Period": days(header["period_start"], header["period_end"]),
        "Issue date": header["issue_on"],
        "Due date": header["due_on"],
        "Currency": header["currency"],
    }
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows.items():
        if value:
            table.add_row(Text(label, "dim"), Text(shown(value)))
    return Padding(table, (0, 0, 1, 1), expand=False)


def _lines(invoice: Invoice, decimals: dict[str, int]) -> RenderableType:
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
                _description(line),
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


def _description(line: dict[str, Any]) -> RenderableType:
    detail = [group(line["pricing_group"])]
    if line["tier"] is not None:
        detail.append(f"tier {line['tier']}")
    if line["commit_id"]:
        segment = "" if line["segment"] is None else f" segment {line['segment']}"
        detail.append(f"{line['commit_id']}{segment}")
    if line["corrects_invoice_id"]:
        detail.append(f"belongs to {line['corrects_invoice_id']}")
    detail = [text for text in detail if text]
    name = line["product_name"] or line["product_id"] or f"to {line['pricing_unit']}"
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


def _totals(invoice: Invoice, decimals: dict[str, int]) -> RenderableType:
    header = invoice.header
    currency = header["currency"]
    places = decimals.get(currency, USUAL_DECIMALS)
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for title in ("subtotal", "credits_applied"):
        amount = f"{money(header[title], places)} {currency}"
        table.add_row(title.capitalize().replace("_", " "), Text(amount))
    label = {"draft": "Total so far (DRAFT)", "void": "Total (VOID)"}.get(header["status"], "Total")
    table.add_row(Text(label, "bold"), Text(f"{money(header['total'], places)} {currency}", "bold"))
    return Padding(table, (0, 0, 0, 1), expand=False)


def _notes(invoice: Invoice) -> RenderableType | None:
    reasons = {"no_rate": "no rate was found", "not_entitled": "not entitled"}
    notes = [
        f"Not on this invoice: {number(row['quantity'])} of {row['product_id']}"
        + (f" ({group(row['pricing_group'])})" if group(row["pricing_group"]) else "")
        + f": {reasons.get(row['reason'], row['reason'])}."
        for row in invoice.unrated
    ]
    return Padding(Text("\n".join(notes), "dim"), (1, 0, 0, 1), expand=False) if notes else None
