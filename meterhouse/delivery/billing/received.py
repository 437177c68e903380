"""What is owed and what was received before a person enters payments (S-72)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.model_sql import macro_sql
from meterhouse.ledger.sync import read_invoices
from meterhouse.payments.counted import count_payments
from meterhouse.payments.errors import PaymentError
from raw_events.common.text import shown

IN_PART, BACK_IN_PART = "partially_paid", "partially_refunded"
# What makes an invoice one that is not paid any more.
WENT_BACK = ("refunded", "charged_back")
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


@dataclass
class ReceivedBefore:
    """What the log has, and what is entered with it: the ids of its events and of those that were
    withdrawn, what was received of each invoice, in its currency, and which invoices are paid."""

    events: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    received: dict[str, Decimal] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)

    def of(self, invoice_id: str) -> Decimal:
        """What was received of an invoice."""
        return self.received.get(invoice_id, Decimal(0))

    def add(self, row: Mapping[str, Any], total: Decimal) -> None:
        """One event more, after all others; one that is there already changes nothing."""
        if row["event_id"] in self.events:
            return
        self.events.add(row["event_id"])
        id, status, amount = row["invoice_id"], row["status"], row["amount"] or 0
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
    events = con.execute("select event_id, withdrawn_at is not null from payments").fetchall()
    before.events = {event for event, _ in events}
    before.withdrawn = {event for event, is_withdrawn in events if is_withdrawn}
    return invoices, before


def no_such_invoice(text: str) -> PaymentError:
    """For an id or a number that the ledger does not have."""
    return PaymentError(
        f"There is no final invoice {shown(text)!r}. The mart invoices has their ids and numbers."
    )
