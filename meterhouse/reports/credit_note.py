"""A credit note (S-55): the invoice that it takes back, every line with the other sign."""

from dataclasses import replace
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.panel import Panel

from meterhouse.reports.invoice_data import Invoice
from meterhouse.reports.text import Text, days, instant
from raw_events.common.text import shown

# What the other sign makes of a row; a unit price stays, so quantity × price is still the amount.
OF_LINES = ("quantity", "amount", "list_amount")
OF_HEADER = ("subtotal", "credits_applied", "total")


def taken_back(invoice: Invoice) -> Invoice:
    """The same document with quantities and amounts of the other sign; what is unrated is left."""
    return replace(
        invoice,
        header=_negated(invoice.header, OF_HEADER),
        lines=[_negated(line, OF_LINES) for line in invoice.lines],
        breakdowns={
            line: [_negated(part, OF_LINES) for part in parts]
            for line, parts in invoice.breakdowns.items()
        },
        unrated=[],
    )


def banner(invoice: Invoice) -> RenderableType:
    """Its number and what it takes back."""
    note, header = invoice.credit_note or {}, invoice.header
    number = shown(header["invoice_number"] or header["invoice_id"])
    text = Text.assemble(
        (f"{note['credit_note_number']}", "bold"),
        "  credit note\n",
        (f"Takes back invoice {number}, with all of its lines.", "red"),
    )
    return Panel(text, box=box.SQUARE, border_style="red", expand=False)


def header_rows(invoice: Invoice) -> dict[str, Any]:
    """What its head says, label by label; marts of earlier releases do not have all of it."""
    note, header = invoice.credit_note or {}, invoice.header
    at = note.get("voided_at")
    number = header["invoice_number"]
    return {
        "Customer": f"{header['customer_name']} ({header['customer_id']})",
        "Contract": header["contract_id"],
        "Date": note["issue_on"],
        "Takes back": f"{number} of {header['issue_on']} ({header['invoice_id']})",
        "Period": days(header["period_start"], header["period_end"]),
        "Reason": note.get("reason"),
        "Made by": note.get("voided_by"),
        "Made at": instant(at) if at else None,
        "Replaced by": header.get("replaced_by"),
        "Currency": header["currency"],
    }


def _negated(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    changed = {name: -row[name] for name in names if row.get(name) is not None}
    return {**row, **changed}
