"""What a document says, as plain data (JSON): nothing is laid out here, nothing computed.

It is kept with the document, so what is rendered again is the same, whatever the price book says
by then. Amounts are texts of exact decimals; days are ISO; `service_end` and `period_end` are the
day after the last. A credit note has its invoice's amounts, which it takes back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meterhouse.documents.due import Due
from meterhouse.documents.figures import Row
from meterhouse.documents.kept import CREDIT_NOTE, INVOICE

VERSION = 1
_PLACE = ("name", "address", "postcode", "city", "country", "vat_id", "email")
_SELLER = (*_PLACE, "seller_id", "bank_name", "account", "bic", "payment_note", "footer")


@dataclass(frozen=True)
class Names:
    """What ids are called: `commits` of the price books, `invoices` by our number, `bounds` by
    (invoice id, line number), `logos` by seller: SHA-256 and ending."""

    commits: Mapping[str, str]
    invoices: Mapping[str, str]
    bounds: Mapping[tuple[str, int], Mapping[str, Any]]
    logos: Mapping[str, Mapping[str, str]]


def invoice_content(
    due: Due, figures: Row, seller: Mapping[str, Any], account: Mapping[str, Any], names: Names
) -> dict[str, Any]:
    """The content of a final invoice; `account` is {} for a customer without one."""
    prefix = seller["number_prefix"] or ""
    lines = [_line(due.invoice_id, line, prefix, names) for line in figures["lines"]]
    return {
        "version": VERSION,
        "kind": INVOICE,
        "number": prefix + due.invoice_number,
        "prefix": prefix,
        "invoice_id": due.invoice_id,
        "invoice_type": figures["invoice_type"],
        "ledger_digest": due.digest,
        "contract_id": figures["contract_id"],
        "currency": figures["currency"],
        "decimals": due.decimals,
        **{name: figures[name] for name in ("issue_on", "due_on", "period_start", "period_end")},
        "seller": {
            **{name: seller[name] for name in _SELLER},
            "logo": dict(names.logos.get(seller["seller_id"], {})) or None,
        },
        "customer": {
            **{name: account.get(name) for name in _PLACE},
            "name": figures["customer_name"],
            "customer_id": figures["customer_id"],
            "purchase_order": account.get("purchase_order"),
        },
        "tax": _tax(figures, account),
        "einvoice": account.get("einvoice") or "none",
        **{name: figures[name] for name in ("subtotal", "credits_applied", "total", "payable")},
        "is_in_favour": figures["is_in_favour"],
        "lines": lines,
        "paid": [_paid(row, names) for row in figures["paid"]],
        "unrated": figures["unrated"],
    }


def credit_note_content(due: Due, issue_on: str, reason: str | None) -> dict[str, Any]:
    """The content of the credit note of a void: all that its invoice's document says (S-55)."""
    invoice = json.loads(due.invoice_content or "{}")
    return {
        **invoice,
        "kind": CREDIT_NOTE,
        "number": invoice["prefix"] + due.document_id,
        "issue_on": issue_on,
        "due_on": None,
        "takes_back": {"number": invoice["number"], "issue_on": invoice["issue_on"]},
        "reason": reason,
        "unrated": [],
    }


def tax_rate(account: Mapping[str, Any]) -> str:
    """The rate of an account as a part of one; 0 where there is none."""
    return str(account.get("tax_rate") or "0") if account.get("tax_category") else "0"


def _tax(figures: Row, account: Mapping[str, Any]) -> dict[str, Any] | None:
    if not account.get("tax_category"):
        return None
    return {
        "category": account["tax_category"],
        "rate": tax_rate(account),
        "note": account.get("tax_note"),
        "base": figures["total"],
        "amount": figures["tax"],
    }


def _line(invoice_id: str, line: Row, prefix: str, names: Names) -> dict[str, Any]:
    corrects = line["corrects_invoice_id"]
    number = names.invoices.get(corrects or "")
    bounds = names.bounds.get((invoice_id, line["number"]), {})
    return {
        **line,
        "commit": names.commits.get(line["commit_id"] or ""),
        "corrects": (prefix + number if number else corrects) if corrects else None,
        "minimum_applied": bounds.get("minimum_applied"),
        "maximum_applied": bounds.get("maximum_applied"),
    }


def _paid(row: Row, names: Names) -> dict[str, Any]:
    return {**row, "commit": names.commits.get(row["commit_id"])}
