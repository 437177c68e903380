"""Payments for tests: rows of the log as a provider would give them, and the models over them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.payments.log import PAYMENTS
from meterhouse.payments.warehouse_rows import COLUMNS

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
TOTAL = Decimal(100)


def payment(event_id, status="paid", invoice_id="acme.1", at=NOON, **more):
    """A row without `received_at`, which the log gives."""
    return {
        "provider": "stripe",
        "event_id": event_id,
        "status": status,
        "invoice_id": invoice_id,
        "occurred_at": at,
        **more,
    }


def withdrawal(of, at):
    """The row that takes the payment `of` out, known since `at`."""
    return payment(
        f"withdrawn_{of['event_id']}", "withdrawn", of["invoice_id"], of["occurred_at"],
        provider=of["provider"], withdraws=of["event_id"], received_at=at,
    )  # fmt: skip


def minutes(count):
    """That many minutes after noon."""
    return NOON + timedelta(minutes=count)


@contextmanager
def modelled(
    rows: Sequence[Mapping[str, Any]], as_of: datetime, totals: Mapping[str, Decimal] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The models of payments over `rows`, in the order of their entries, as of a moment.

    `totals`: of final invoices in USD; none: each that the rows name has TOTAL.
    """
    if totals is None:
        totals = {row["invoice_id"]: TOTAL for row in rows}
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema inputs")
        con.execute("create schema ledger")
        con.execute(f"create table inputs.payments ({COLUMNS})")
        con.execute("create table inputs.run as select ?::timestamptz as as_of", [as_of])
        con.execute(
            "create table ledger.invoices (invoice_id varchar, currency varchar, "
            "total decimal(20, 4))"
        )
        for invoice, total in totals.items():
            con.execute("insert into ledger.invoices values (?, 'USD', ?)", [invoice, total])
        for version, row in enumerate(rows):
            known = {"payments_version": version, "received_at": row["occurred_at"], **row}
            values = [known.get(name) for name in ["payments_version", *PAYMENTS.names]]
            con.execute(
                f"insert into inputs.payments values ({', '.join('?' for _ in values)})", values
            )
        for model in ("payments", "payment_amounts", "payment_states"):
            con.execute(f"create table {model} as {model_sql(model, 'calendar')}")
        yield con
