"""One invoice with its lines, breakdowns, what is near it, and the money that came for it."""

from typing import Any

from meterhouse.server.reading.errors import no_such
from meterhouse.server.reading.reader import Reader, Row

MOST_LINES = 2_000
_INVOICE = """
    select * from {invoices} where invoice_id = $id or invoice_number = $id
"""
_LINES = "select * from {invoice_lines} where invoice_id = $id order by line_number limit $most"
_PARTS = """
    select line_number, presentation_group, quantity, amount from {invoice_line_breakdowns}
    where invoice_id = $id order by line_number, presentation_group limit $most
"""
# Invoices with lines for the period of this one, and what it replaces or corrects.
_NEAR = """
    select invoice_id, invoice_number, 'is replaced by it' as how
    from {invoices} where replaced_by = $id
    union all
    select distinct invoice_id, invoice_number, 'has late lines for it' as how
    from {invoice_lines} inner join {invoices} using (invoice_id)
    where corrects_invoice_id = $id and invoice_id <> $id
    order by all limit 100
"""
_CREDIT = """
    select credit_note_number, issue_on from {credit_notes} where invoice_id = $id
"""


def invoice(reader: Reader, id: str) -> dict[str, Any]:
    """What its page says, by its id or number. Raises Refused (404)."""
    found = reader.rows(_INVOICE, {"id": id})
    if not found:
        raise no_such("invoice", id)
    asked = {"id": found[0]["invoice_id"], "most": MOST_LINES + 1}
    lines = reader.rows(_LINES, asked)
    parts: dict[int, list[Row]] = {}
    for row in reader.rows(_PARTS, asked):
        parts.setdefault(row["line_number"], []).append(row)
    return {
        "invoice": found[0],
        "lines": lines[:MOST_LINES],
        "has_more": len(lines) > MOST_LINES,
        "parts": parts,
        "near": reader.rows(_NEAR, asked),
        "credit_note": next(iter(reader.rows(_CREDIT, asked)), None),
    }
