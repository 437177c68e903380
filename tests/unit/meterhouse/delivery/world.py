"""A publication made by hand that has something of everything there is a message of.

Also the source of the examples in docs/webhooks.md (tests/docs/webhook_examples.py).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.outbox import FailedRun
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.warehouse.mark_files import write_mark
from meterhouse.warehouse.marks import Mark
from raw_events.common.files import file_sha256

Rows = Sequence[Mapping[str, Any]]
DIGEST, EARLIER = "b" * 64, "a" * 64
AS_OF = datetime(2026, 2, 10, 6, tzinfo=UTC)
NOW = datetime(2026, 2, 10, 6, 5, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
FINAL_AT = datetime(2026, 2, 2, 0, 30, tzinfo=UTC)
VOID_AT = datetime(2026, 2, 9, 15, tzinfo=UTC)


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self):
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def endpoint(id: str = "crm", **more: Any) -> dict[str, Any]:
    """An endpoint that is told everything since January."""
    return {
        "endpoint_id": id, "url": f"https://hooks.example.com/{id}", "event_types": ["*"],
        "customer_id": None, "disabled": None, "starting_on": JANUARY, **more,
    }  # fmt: skip


def contract(id: str, customer: str, start: date = JANUARY, end: date | None = None) -> Any:
    """A contract of the list."""
    return {
        "contract_id": id, "customer_id": customer, "rate_card_id": "list", "starting_on": start,
        "ending_before": end,
    }  # fmt: skip


def invoice(id: str, customer: str = "acme", **more: Any) -> dict[str, Any]:
    """A final usage invoice of January."""
    return {
        "invoice_id": id, "invoice_number": "INV-000007", "invoice_type": "usage",
        "status": "finalized", "customer_id": customer, "contract_id": f"{customer}-1",
        "currency": "USD", "period_start": JANUARY, "period_end": FEBRUARY, "issue_on": FEBRUARY,
        "due_on": date(2026, 3, 3), "finalized_at": FINAL_AT, "subtotal": Decimal("120.5"),
        "credits_applied": Decimal(0), "total": Decimal("120.5"), **more,
    }  # fmt: skip


def segment(commit: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """A segment of 1,000.00 from January to March, untouched."""
    return {
        "commit_id": commit, "contract_id": "acme-1", "segment": number, "type": "prepaid",
        "pricing_unit": "USD", "starting_on": JANUARY, "ending_before": date(2026, 4, 1),
        "granted": Decimal(1000), "applied_finalized": Decimal(0), "applied_draft": Decimal(0),
        "expired": Decimal(0), "remaining": Decimal(1000), **more,
    }  # fmt: skip


def marts_of_everything() -> dict[str, Rows]:
    """Marts with at least one message of every event."""
    void = {"status": "void", "voided_at": VOID_AT, "invoice_number": "INV-000008"}
    note = {
        "credit_note_number": "CN-000001", "invoice_id": "acme-1.usage.2026-01-15",
        "invoice_number": "INV-000008", "issue_on": VOID_AT.date(), "currency": "USD",
        "total": Decimal("-120.5"), "customer_id": "acme", "contract_id": "acme-1",
        "voided_at": VOID_AT,
    }  # fmt: skip
    unrated = {"contract_id": "acme-1", "product_id": "calls", "period_start": FEBRUARY,
               "pricing_group": '{"region":"mars"}', "quantity": Decimal(12),
               "reason": "no_rate"}  # fmt: skip
    held = {"contract_id": "globex-1", "product_id": "calls", "period_start": FEBRUARY,
            "reason": "amount_too_large"}  # fmt: skip
    alert = {
        "alert_event_id": "alert_3f1", "alert_id": "month-1000", "change": "triggered",
        "occurred_at": AS_OF, "customer_id": "acme", "contract_id": "acme-1", "kind": "spend",
        "pricing_group": "{}", "pricing_unit": "USD", "period_start": FEBRUARY,
        "period_end": MARCH, "threshold": Decimal(1000), "value": Decimal("1204.5"),
        "hard_cap": False,
    }  # fmt: skip
    balance = {
        **alert, "alert_event_id": "alert_9c2", "alert_id": "low", "change": "resolved",
        "kind": "balance", "period_start": None, "period_end": None, "threshold": Decimal(200),
        "value": Decimal(800),
    }  # fmt: skip
    jump = {
        **alert, "alert_event_id": "alert_51d", "alert_id": "jump", "kind": "anomaly",
        "metric": "api_calls", "pricing_group": '{"region":"eu"}', "pricing_unit": None,
        "period_start": date(2026, 2, 9), "period_end": AS_OF.date(), "threshold": Decimal(5000),
        "value": Decimal(36000),
    }  # fmt: skip
    unusual = {
        "customer_id": "acme", "contract_id": "acme-1", "metric": "api_calls", "metric_version": 1,
        "usage_date": date(2026, 2, 9), "group": '{"region":"eu"}', "quantity": Decimal(48000),
        "usual": Decimal(12000), "excess": Decimal(36000),
    }  # fmt: skip
    return {
        "alert_events": [alert, balance, jump],
        "usage_anomalies": [unusual],
        "invoices": [
            invoice("acme-1.usage.2026-01-01"),
            invoice("acme-1.usage.2026-01-15", **void),
            invoice("acme-1.usage.2026-02-01", status="draft", finalized_at=None,
                    invoice_number=None),
            invoice("acme-1.scheduled.2026-01-02", invoice_type="scheduled",
                    invoice_number="INV-000006", due_on=date(2026, 2, 1), sent_at=FINAL_AT,
                    period_start=None, period_end=None, payment_status="payment_failed"),
        ],
        "credit_notes": [note],
        "commit_balances": [
            segment("acme-prepaid", remaining=Decimal(80), applied_draft=Decimal(920)),
            segment("acme-gift", type="credit", remaining=Decimal(0), applied_draft=Decimal(1000)),
            segment("acme-short", starting_on=date(2026, 1, 15), ending_before=date(2026, 2, 14)),
            segment("acme-old", type="credit", ending_before=FEBRUARY, remaining=Decimal(0),
                    expired=Decimal("12.34"), applied_finalized=Decimal("987.66")),
        ],
        "unrated_usage": [unrated, {**unrated, "pricing_group": '{"region":"moon"}'}],
        "held_contracts": [held],
    }  # fmt: skip


def book(*endpoints: Mapping[str, Any]) -> dict[str, Rows]:
    """A price book with these endpoints."""
    commit = {"product_id": "prepaid", "name": "Prepaid", "priority": 100, "rate_type": "list"}
    ids = ("acme-prepaid", "acme-gift", "acme-short", "acme-old")
    return {
        "customers": [{"customer_id": id, "name": id.title()} for id in ("acme", "globex")],
        "contracts": [
            contract("acme-1", "acme"),
            contract("globex-1", "globex", FEBRUARY, MARCH),
            contract("acme-0", "acme", date(2025, 1, 1), FEBRUARY),
        ],
        "commits": [{"commit_id": id, "contract_id": "acme-1", **commit} for id in ids],
        "webhook_endpoints": list(endpoints),
    }


FAILED = FailedRun(
    "6f1f3a5e", "run", datetime(2026, 2, 10, 5, 2, tzinfo=UTC),
    "The price book has 1 problem(s): rates.csv, row 12, column price: '1,5' is not a decimal"
    " number. Write digits and at most one point.",
)  # fmt: skip


def publish(
    home: Path,
    marts: Mapping[str, Rows],
    tables: Mapping[str, Rows],
    generation: int = 1,
    as_of: datetime = AS_OF,
    digest: str = DIGEST,
    runs: Sequence[tuple[datetime, str]] = (),
    log_version: int = 1,
) -> None:
    """Publish these marts as one generation, the rest empty, and freeze the price book.

    `runs`: the moment and the price book of each run before.
    """
    folder = home / ".marts" / str(generation)
    folder.mkdir(parents=True)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        columns = {"run_number": "BIGINT", "as_of": "TIMESTAMPTZ", "log_version": "BIGINT",
                   "price_book": "VARCHAR"}  # fmt: skip
        every = [*runs, (as_of, digest)]
        rows = [
            {"run_number": number, "as_of": at, "log_version": log_version, "price_book": book}
            for number, (at, book) in enumerate(every, 1)
        ]
        write(con, columns, rows, folder / "runs.parquet")
        for name, wanted in MARTS.items():
            if name == "runs":
                continue
            write(con, wanted, marts.get(name, []), folder / f"{name}.parquet")
        freeze_by_hand(con, home, digest, tables)
    write_mark(folder, Mark(), {path.name: file_sha256(path) for path in folder.iterdir()})
    link = home / "new"
    link.symlink_to(Path(".marts") / str(generation))
    link.replace(home / "marts")


def freeze_by_hand(
    con: duckdb.DuckDBPyConnection, home: Path, digest: str, tables: Mapping[str, Rows]
) -> None:
    """Write a price book as if it had been frozen under `digest`."""
    folder = home / "price_books" / digest
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in BOOK.items():
        write(con, columns, tables.get(name, []), folder / f"{name}.parquet")


def write(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: Rows, path: Path
) -> None:
    """A Parquet file of these rows; a cell that is not named is null."""
    con.execute(
        "create or replace temp table written ("
        + ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        + ")"
    )
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        con.execute(f"insert into written values ({marks})", [row.get(name) for name in columns])
    con.execute(f"copy written to '{path}' (format parquet)")
