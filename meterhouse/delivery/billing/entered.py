"""Payments that a person enters: of the provider `files`, whose system sends no events (S-72).

All rows of a file are checked first, and appended as one entry or not at all. Entering the same
again adds nothing.
"""

import csv
import fcntl
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from meterhouse.common.errors import UsageError
from meterhouse.common.instants import instant_text, parse_instant
from meterhouse.delivery.billing.received import (
    BACK_IN_PART,
    IN_PART,
    WENT_BACK,
    ReceivedBefore,
    Row,
    counted,
    no_such_invoice,
    received_before,
)
from meterhouse.payments.errors import PaymentError
from meterhouse.payments.log import Payments
from meterhouse.payments.statuses import STATUSES
from raw_events.common.text import shown

PROVIDER = "files"
LOCK = "payments.lock"
ENTERED = tuple(name for name in STATUSES if name != "void")
COLUMNS = ("invoice", "status", "on", "amount", "currency", "reference", "detail")
SHOWN = 20
_TEXT = 500
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,4})?")


@dataclass(frozen=True)
class Entry:
    """A payment as it is entered, all texts: `invoice` is an id or a number, `on` a day or an
    instant (RFC 3339), `amount` a decimal (empty: all of it, which a part is not), `reference` what
    tells two of an invoice apart; `where` names the row.
    """

    invoice: str
    status: str = "paid"
    on: str = ""
    amount: str = ""
    currency: str = ""
    reference: str = ""
    detail: str = ""
    where: str = ""


@dataclass(frozen=True)
class Entered:
    """`new` rows of the log, and how many were there already."""

    new: list[Row]
    known: int


def read_entries(path: Path) -> list[Entry]:
    """The rows of a CSV file with the columns of COLUMNS; `invoice` and `on` must be there.

    Raises PaymentError.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeError, csv.Error) as error:
        raise PaymentError(f"{path} cannot be read: {error}. Nothing was recorded.") from error
    head = [name.strip() for name in rows[0]] if rows else []
    wrong = [name for name in head if name not in COLUMNS]
    missing = {"invoice", "on"} - set(head)
    if wrong or missing or len(set(head)) < len(head):
        raise PaymentError(
            f"{path}: the first row names the columns, each once, of {', '.join(COLUMNS)}; invoice "
            f"and on must be there. It has {shown(', '.join(head)) or 'none'}. Nothing was "
            "recorded."
        )
    entries = []
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}, row {number}"
        if len(row) != len(head):
            raise PaymentError(f"{where} has {len(row)} cells, not {len(head)}. Nothing was kept.")
        cells = {name: cell.strip() for name, cell in zip(head, row, strict=True)}
        cells["status"] = cells.get("status") or "paid"
        entries.append(Entry(**cells, where=where))
    return entries


def enter(home: Path, entries: Iterable[Entry], as_of: datetime, user: str) -> Entered:
    """Record payments as known since `as_of`. Raises PaymentError, with every row that is wrong,
    LedgerDamaged or LogDamaged; nothing was recorded then. Whoever enters at the same time waits:
    what is checked is what the log has."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _enter(home, entries, as_of, user)


def _enter(home: Path, entries: Iterable[Entry], as_of: datetime, user: str) -> Entered:
    with counted(home) as con:
        invoices, before = received_before(con)
    rows, problems = [], []
    for entry in entries:
        try:
            row = _row(entry, invoices, before, as_of)
            if row["event_id"] not in before.events:
                _check_owed(row, invoices[row["invoice_id"]], before)
                if len(entry.on) == 10:
                    before.check_day(row)
        except PaymentError as error:
            problems.append(f"{entry.where}: {error}" if entry.where else str(error))
            continue
        before.add(row, invoices[row["invoice_id"]]["total"])
        rows.append(row | {"recorded_by": user})
    if problems:
        more = [f"… and {len(problems) - SHOWN:,} more"] if len(problems) > SHOWN else []
        raise PaymentError("\n".join([*problems[:SHOWN], *more, "Nothing was recorded."]))
    new = Payments(home).append(rows, lambda: as_of)
    return Entered(new, len(rows) - len(new))


def _row(entry: Entry, invoices: dict[str, Row], before: ReceivedBefore, as_of: datetime) -> Row:
    invoice = invoices.get(entry.invoice)
    if invoice is None:
        raise no_such_invoice(entry.invoice)
    name = invoice["invoice_number"] or invoice["invoice_id"]
    if entry.status not in ENTERED:
        raise PaymentError(f"{shown(entry.status)!r} is no status: {', '.join(ENTERED)}.")
    currency = entry.currency.upper() or invoice["currency"]
    if currency != invoice["currency"]:
        raise PaymentError(f"{name} is in {invoice['currency']}, not in {shown(currency)}.")
    occurred_at = _moment(entry.on)
    if occurred_at > as_of:
        raise PaymentError(f"{shown(entry.on)} is later than {instant_text(as_of)}.")
    amount = _amount(entry, invoice, name, before.of(invoice["invoice_id"]))
    if max(len(entry.reference), len(entry.detail)) > _TEXT:
        raise PaymentError(f"reference and detail have {_TEXT} characters at most.")
    identity = [invoice["invoice_id"], entry.status, entry.reference] + (
        [] if entry.reference else [occurred_at.isoformat(), str(amount)]
    )
    event_id, again = _event_id(identity), 0
    while event_id in before.withdrawn:
        # What was withdrawn stays so; entered once more it is another event.
        again += 1
        event_id = _event_id([*identity, str(again)])
    return {
        "provider": PROVIDER,
        "event_id": event_id,
        "status": entry.status,
        "invoice_id": invoice["invoice_id"],
        "amount": amount,
        "currency": currency,
        "occurred_at": occurred_at,
        "detail": ", ".join(filter(None, (entry.reference, entry.detail))) or None,
    }


def _event_id(identity: list[str]) -> str:
    text = json.dumps(identity, ensure_ascii=False)
    return f"entered_{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _amount(entry: Entry, invoice: Row, name: str, before: Decimal) -> Decimal | None:
    total: Decimal = invoice["total"]
    if not entry.amount:
        if entry.status in (IN_PART, BACK_IN_PART):
            raise PaymentError(f"{entry.status} needs an amount: how much of {name} it is.")
        return total if entry.status in ("paid", "uncollectible") else None
    amount = Decimal(entry.amount if _AMOUNT.fullmatch(entry.amount) else 0)
    if amount <= 0:
        raise PaymentError(
            f"{shown(entry.amount)!r} is no amount: a number above 0 like 1250.00, without "
            "separators."
        )
    if entry.status == "paid" and amount + before < total:
        raise PaymentError(
            f"{amount} does not pay {name}, which comes to {total:,.2f} {invoice['currency']}"
            f"{f' ({before:,.2f} of it are paid)' if before else ''}: the status is "
            "partially_paid, or the amount another one."
        )
    if entry.status in WENT_BACK and amount < before:
        raise PaymentError(
            f"{amount} is not all that was received of {name}, {before:,.2f} "
            f"{invoice['currency']}: the status is partially_refunded, or the amount another one."
        )
    return amount


def _check_owed(row: Row, invoice: Row, before: ReceivedBefore) -> None:
    """Whether there is something to pay: a typing error would open commits, and tell a customer."""
    invoice_id, name = invoice["invoice_id"], invoice["invoice_number"] or invoice["invoice_id"]
    if row["status"] not in ("paid", IN_PART):
        return
    if invoice["status"] == "void":
        raise PaymentError(
            f"{name} is void: nothing is owed on it. Enter the payment for the invoice that takes "
            "its place; what was paid too much is for your books."
        )
    if invoice_id in before.paid:
        raise PaymentError(
            f"{name} is paid already: meterhouse payments list {name}. A second payment is for "
            "your books."
        )
    total, part = invoice["total"], before.of(invoice_id)
    # One that pays the whole may round what was open; one of a part must leave nothing too much.
    counted = part if row["status"] == IN_PART else 0
    if row["amount"] is not None and row["amount"] + counted > total:
        raise PaymentError(
            f"{row['amount']} is more than is owed of {name}, which comes to {total:,.2f} "
            f"{invoice['currency']}{f' ({part:,.2f} of it are paid)' if part else ''}. Enter what "
            "is owed; the rest is for your books."
        )
    if row["status"] == IN_PART and row["amount"] + part == total:
        raise PaymentError(
            f"With {row['amount']} all of {name} is paid ({total:,.2f} {invoice['currency']}): the "
            "status is paid."
        )


def _moment(text: str) -> datetime:
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        return parse_instant(text)
    except (ValueError, UsageError):
        raise PaymentError(
            f"{shown(text)!r} is neither a day (2026-03-05) nor an instant with a zone "
            "(2026-03-05T14:00:00Z)."
        ) from None
