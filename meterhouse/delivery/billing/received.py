"""What is owed and what was received before a person enters payments (S-72)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.ledger.sync import read_invoices
from meterhouse.payments.errors import PaymentError
from meterhouse.payments.log import payments_table
from raw_events.common.text import shown

IN_PART = "partially_paid"
# What makes an invoice one that is not paid any more.
_WENT_BACK = ("refunded", "charged_back")

Row = dict[str, Any]


@dataclass
class ReceivedBefore:
    """What the log has: the ids of its events, what is paid of each invoice in part, in its
    currency, and which invoices are paid."""

    events: set[str] = field(default_factory=set)
    in_part: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    paid: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any]) -> None:
        """One event more, in the order of the log; one that is there already changes nothing."""
        if row["event_id"] in self.events:
            return
        self.events.add(row["event_id"])
        if row["status"] == IN_PART:
            self.in_part[row["invoice_id"]] += row["amount"] or 0
        elif row["status"] == "paid":
            self.paid.add(row["invoice_id"])
        elif row["status"] in _WENT_BACK:
            self.paid.discard(row["invoice_id"])


def received_before(home: Path) -> ReceivedBefore:
    """What the log of payments says. Raises LogDamaged."""
    before = ReceivedBefore()
    with duckdb.connect() as con:
        found = con.execute(
            "select event_id, invoice_id, status, amount "
            f"from {payments_table(home).source()} order by occurred_at, received_at, event_id"
        )
        names = [name for name, *_ in found.description or []]
        for values in found.fetchall():
            before.add(dict(zip(names, values, strict=True)))
    return before


def final_invoices(home: Path) -> dict[str, Row]:
    """Final invoices by id and by number. Raises LedgerDamaged."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        read_invoices(con, home)
        rows = con.execute(
            "select invoice_id, invoice_number, currency, total, status from ledger.invoices"
        ).fetchall()
    names = ("invoice_id", "invoice_number", "currency", "total", "status")
    found: dict[str, Row] = {}
    for values in rows:
        row = dict(zip(names, values, strict=True))
        found[row["invoice_id"]] = row
        if row["invoice_number"]:
            found[row["invoice_number"]] = row
    return found


def no_such_invoice(text: str) -> PaymentError:
    """For an id or a number that the ledger does not have."""
    return PaymentError(
        f"There is no final invoice {shown(text)!r}. The mart invoices has their ids and numbers."
    )
