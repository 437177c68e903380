"""What is owed and what was received before a person enters payments (S-72)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.common.model_sql import macro_sql
from meterhouse.ledger.sync import read_invoices
from meterhouse.payments.counted import count_payments
from meterhouse.payments.errors import PaymentError
from meterhouse.payments.statuses import STATUSES
from raw_events.common.sql import literals
from raw_events.common.text import shown

IN_PART, BACK_IN_PART = "partially_paid", "partially_refunded"
# What makes an invoice one that is not paid any more.
WENT_BACK = ("refunded", "charged_back")
# What an invoice is paid by, or not any more.
MOVES = ("paid", *WENT_BACK)
_INVOICES = """
    select
        invoices.invoice_id, invoice_number, currency, total, status,
        coalesce(states.amount_received, 0) as received,
        ({due})::decimal(20, 4) as due,
        coalesce(states.is_settled, false) as is_settled
    from ledger.invoices as invoices
    left join payment_states as states using (invoice_id)
"""

Row = dict[str, Any]
# When it happened, and its rank among what happened at the same moment.
Place = tuple[datetime, int]


@dataclass
class ReceivedBefore:
    """What the log has, and what is entered with it: the ids of its events and of those that were
    withdrawn, what was received of each invoice, in its currency, which invoices are paid, and of
    those that were when that, or the opposite, came last."""

    events: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    received: dict[str, Decimal] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    last: dict[str, Place] = field(default_factory=dict)

    def of(self, invoice_id: str) -> Decimal:
        """What was received of an invoice."""
        return self.received.get(invoice_id, Decimal(0))

    def check_day(self, row: Mapping[str, Any]) -> None:
        """Raise PaymentError if what is entered with a day alone, its first moment, would count for
        nothing: an invoice was paid, or its money went back, later on that day."""
        last, at = self.last.get(row["invoice_id"]), row["occurred_at"]
        moves = row["status"] in (*MOVES, IN_PART, BACK_IN_PART)
        if last and moves and at.date() == last[0].date() and _place(row) < last:
            raise PaymentError(
                f"What counts of that day is what became of it at {instant_text(last[0])}: say at "
                f"which time this one came, like {at:%Y-%m-%d}T23:00:00Z. See: meterhouse payments "
                f"list {row['invoice_id']}"
            )

    def add(self, row: Mapping[str, Any], total: Decimal) -> None:
        """One event more, after all others; one that is there already changes nothing."""
        if row["event_id"] in self.events:
            return
        self.events.add(row["event_id"])
        id, status, amount = row["invoice_id"], row["status"], row["amount"] or 0
        if status == "paid" or (id in self.last and status in WENT_BACK):
            self.last[id] = max(_place(row), self.last.get(id, _place(row)))
        if status == "paid":
            self.received[id] = total
            self.paid.add(id)
        elif status == IN_PART:
            self.received[id] = self.of(id) + amount
        elif status == BACK_IN_PART:
            self.received[id] = max(self.of(id) - amount, Decimal(0))
        elif status in WENT_BACK:
            self.received[id] = Decimal(0)
            self.paid.discard(id)


def _place(row: Mapping[str, Any]) -> Place:
    return row["occurred_at"], STATUSES[row["status"]]


@contextmanager
def counted(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with `ledger.invoices` and the tables of `count_payments`. Raises LogDamaged,
    LedgerDamaged."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        read_invoices(con, home)
        count_payments(con, home)
        yield con


def received_before(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, Row], ReceivedBefore]:
    """Final invoices, by id and by number, with `received`, `due` and `is_settled`; and what the
    log of payments says of them. `con`: of `counted`."""
    due = macro_sql("amount_due('invoices.status', 'invoices.total', 'states')")
    found = con.execute(_INVOICES.format(due=due))
    names = [name for name, *_ in found.description or []]
    invoices: dict[str, Row] = {}
    before = ReceivedBefore()
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        invoices[row["invoice_id"]] = row
        if row["invoice_number"]:
            invoices[row["invoice_number"]] = row
        before.received[row["invoice_id"]] = row["received"]
        if row["is_settled"]:
            before.paid.add(row["invoice_id"])
    last = con.execute(
        "select invoice_id, max(row(occurred_at, status_rank)) from payments "
        f"where withdrawn_at is null and status in ({literals(MOVES)}) group by all "
        "having bool_or(status = 'paid')"
    ).fetchall()
    before.last = {id: (at.astimezone(UTC), rank) for id, (at, rank) in last}
    events = con.execute("select event_id, withdrawn_at is not null from payments").fetchall()
    before.events = {event for event, _ in events}
    before.withdrawn = {event for event, is_withdrawn in events if is_withdrawn}
    return invoices, before


def no_such_invoice(text: str) -> PaymentError:
    """For an id or a number that the ledger does not have."""
    return PaymentError(
        f"There is no final invoice {shown(text)!r}. The mart invoices has their ids and numbers."
    )
