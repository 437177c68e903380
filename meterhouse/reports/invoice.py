"""`meterhouse invoice`: one invoice as a person reads it."""

import io
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table

from meterhouse.reports import credit_note
from meterhouse.reports.invoice_data import Invoice, commit_names, currency_decimals, load_invoice
from meterhouse.reports.invoice_lines import USUAL_DECIMALS, is_of_commit, lines_table
from meterhouse.reports.page import UNLIMITED, print_plain
from meterhouse.reports.text import Text, days, group, instant, money, number
from raw_events.common.text import shown

TYPES = {
    "usage": "usage invoice",
    "scheduled": "scheduled invoice",
    "true_up": "true-up invoice",
    "late_usage": "late usage invoice",
}


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
    """The parts of an invoice or credit note from top to bottom, for rich.

    `decimals`: those of each pricing unit; by default from the price books frozen beside `marts`,
    where the names of commits are.
    """
    if decimals is None:
        decimals = currency_decimals(Path(marts).parent)
    invoice = load_invoice(Path(marts), id_or_number)
    names = commit_names(Path(marts).parent) if any(map(is_of_commit, invoice.lines)) else {}
    if invoice.by_credit_note:
        invoice = credit_note.taken_back(invoice)
        head = [credit_note.banner(invoice), _header(credit_note.header_rows(invoice))]
    else:
        head = [_banner(invoice), _header(_header_rows(invoice))]
    parts = [*head, lines_table(invoice, decimals, names)]
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


def _header_rows(invoice: Invoice) -> dict[str, Any]:
    header = invoice.header
    return {
        "Customer": f"{header['customer_name']} ({header['customer_id']})",
        "Contract": header["contract_id"],
        "Invoice id": header["invoice_id"],
        "Period": days(header["period_start"], header["period_end"]),
        "Issue date": header["issue_on"],
        "Due date": header["due_on"],
        "Currency": header["currency"],
    }


def _header(rows: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows.items():
        if value:
            table.add_row(Text(label, "dim"), Text(shown(value)))
    return Padding(table, (0, 0, 1, 1), expand=False)


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
    label = "Total" if invoice.by_credit_note else label
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
