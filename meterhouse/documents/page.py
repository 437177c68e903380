"""A document as it stands on paper: texts and their places, for the template invoice.typ."""

import re
from decimal import Decimal
from typing import Any

from meterhouse.documents.kept import CREDIT_NOTE
from meterhouse.documents.words import (
    address_lines,
    amount,
    item_details,
    item_name,
    price,
    span,
    tax_label,
    tax_reason,
)
from meterhouse.reports.invoice_lines import SECTIONS
from meterhouse.reports.text import group, money, number
from raw_events.common.text import shown

Content = dict[str, Any]
TITLES = {
    "usage": "Usage and charges of a period",
    "scheduled": "Scheduled charges",
    "true_up": "True-up of a commitment",
    "late_usage": "Late usage of earlier periods",
}
_UNRATED = {"no_rate": "no price was agreed", "not_entitled": "not part of the contract"}


def page(content: Content) -> dict[str, Any]:
    """All texts of the page, by their places in the template."""
    is_credit = content["kind"] == CREDIT_NOTE
    return {
        "title": "Credit note" if is_credit else "Invoice",
        "subtitle": "" if is_credit else TITLES.get(content["invoice_type"], ""),
        "number": content["number"],
        "currency": content["currency"],
        "author": content["seller"]["name"],
        "sender": " · ".join(address_lines(content["seller"])),
        "recipient": address_lines(content["customer"]),
        "facts": _facts(content),
        "with_list": any(line["list_unit_price"] for line in content["lines"]),
        "sections": _sections(content),
        "totals": _totals(content, is_credit),
        "notes": _notes(content),
        "payment": _payment(content) if _asks_for_money(content) else [],
        "footer": _footer(content["seller"]),
    }


def _facts(content: Content) -> list[list[str]]:
    customer, back = content["customer"], content.get("takes_back")
    rows = {
        "Number": content["number"],
        "Date": content["issue_on"],
        "Takes back": f"{back['number']} of {back['issue_on']}" if back else None,
        "Due": content["due_on"] if _asks_for_money(content) else None,
        "Period": span(content["period_start"], content["period_end"]),
        "Customer": customer["customer_id"],
        "Contract": content["contract_id"],
        "Your order": customer["purchase_order"],
        "Your VAT id": customer["vat_id"],
    }
    return [[label, shown(value)] for label, value in rows.items() if value]


def _sections(content: Content) -> list[dict[str, Any]]:
    """In the order of their first line; the numbers show the invoice's own order."""
    lines = content["lines"]
    return [
        {
            "title": SECTIONS.get(kind, kind),
            "rows": [_row(content, line) for line in lines if line["type"] == kind],
        }
        for kind in dict.fromkeys(line["type"] for line in lines)
    ]


def _row(content: Content, line: dict[str, Any]) -> dict[str, Any]:
    is_coverage = line["type"] == "commit_applied"
    return {
        "number": str(line["number"]),
        "name": item_name(line),
        "detail": ", ".join(item_details(content, line)),
        "days": "" if is_coverage else span(line["service_start"], line["service_end"]),
        "quantity": "" if is_coverage else number(Decimal(line["quantity"] or 0)),
        "price": price(content, line, line["unit_price"]),
        "list_price": price(content, line, line["list_unit_price"]),
        "amount": amount(content, line, line["amount"]),
        "parts": [
            {
                "name": group(part["group"]) or "(none)",
                "quantity": number(Decimal(part["quantity"] or 0)),
                "amount": amount(content, line, part["amount"]),
            }
            for part in line["parts"]
        ],
    }


def _totals(content: Content, is_credit: bool) -> list[dict[str, Any]]:
    def row(label: str, text: str, strong: bool = False) -> dict[str, Any]:
        shown_amount = f"{money(Decimal(text), content['decimals'])} {content['currency']}"
        return {"label": label, "amount": shown_amount, "strong": strong}

    tax = content["tax"]
    rows = []
    if Decimal(content["credits_applied"]):
        rows.append(row("Charges", content["subtotal"]))
        rows.append(row("Paid by balances and credits", content["credits_applied"]))
    if tax:
        rows.append(row("Total before tax", content["total"]))
        rows.append(row(tax_label(content), tax["amount"]))
    label = "Amount credited" if is_credit else "Amount due"
    if content["is_in_favour"]:
        label = "Amount taken back" if is_credit else "In your favour"
    rows.append(row(label, content["payable"], strong=True))
    return rows


def _notes(content: Content) -> list[str]:
    notes = [tax_reason(content["tax"])]
    back = content.get("takes_back")
    if back:
        reason = f" Reason: {content['reason']}" if content.get("reason") else ""
        notes.append(
            f"This credit note takes back invoice {back['number']} of {back['issue_on']} with all "
            f"of its lines.{reason}"
        )
    notes += [
        f"Not on this invoice: {number(Decimal(row['quantity'] or 0))} of {row['product_id']}"
        + (f" ({group(row['group'])})" if group(row["group"]) else "")
        + f": {_UNRATED.get(row['reason'], row['reason'])}."
        for row in content["unrated"]
    ]
    return [shown(note) for note in notes if note]


def _asks_for_money(content: Content) -> bool:
    """Not where balances paid all of it, and not for what goes back."""
    return content["kind"] != CREDIT_NOTE and Decimal(content["payable"]) > 0


def _payment(content: Content) -> list[list[str]]:
    seller = content["seller"]
    if not seller["account"] and not seller["payment_note"]:
        return []
    account = seller["account"] or ""
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", account):
        account = " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    rows = {
        "Bank": seller["bank_name"],
        "Account": account,
        "BIC": seller["bic"],
        "Reference": content["number"],
        "Note": seller["payment_note"],
    }
    return [[label, shown(value)] for label, value in rows.items() if value]


def _footer(seller: dict[str, Any]) -> list[str]:
    first = [seller["name"], seller["email"], seller["vat_id"] and f"VAT id {seller['vat_id']}"]
    lines = [" · ".join(shown(text) for text in first if text)]
    return [*lines, *([shown(seller["footer"])] if seller["footer"] else [])]
