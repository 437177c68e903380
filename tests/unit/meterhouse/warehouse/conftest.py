"""A data directory whose event log is a list in memory: only its API matters to the warehouse.

And one whose final invoices and drafts are published (`home`), also in parts (`parted`).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from meterhouse.ledger.finalize import finalize
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.warehouse import clock, log_files
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, prepare
from tests.unit.meterhouse.warehouse.published_parts import publish
from tests.unit.meterhouse.warehouse.voided_invoices import run


@dataclass
class Entry:
    """What raw_events.log.event_log says of one batch."""

    version: int
    received_at: datetime
    path: str | None = "part.parquet"
    rows: int = 10
    sha256: str | None = "digest"
    source: str = "files"
    retraction: str | None = None
    schemas: dict | None = None
    quarantine: dict | None = None
    replay: dict | None = None


@dataclass
class Log:
    """Stands for log.event_log.EventLog and quarantine.actions.rejected_counts of raw_events."""

    batches: list[Entry] = field(default_factory=list)
    asked: list[tuple[int, int]] = field(default_factory=list)
    folder: Path = Path("no such folder")
    root: Path = Path("raw_events")

    def land(self, day: int, **values) -> None:
        """One more batch, received on that day of January 2025."""
        received_at = datetime(2025, 1, day, tzinfo=UTC)
        self.batches.append(Entry(len(self.batches), received_at, **values))

    def version(self) -> int:
        return len(self.batches) - 1

    def latest_as_of(self) -> datetime | None:
        return max((entry.received_at for entry in self.batches), default=None)

    def entries(self, after: int, up_to: int) -> list[Entry]:
        self.asked.append((after, up_to))
        return self.batches[after + 1 : up_to + 1]

    def rejected_counts(self, home: Path, after: int, up_to: int) -> list[tuple]:
        return [
            (entry.version, entry.received_at.date(), entry.source, "too_old", 2)
            for entry in self.batches[after + 1 : up_to + 1]
        ]


@pytest.fixture
def log(monkeypatch) -> Log:
    """The event log of the data directory, empty at first."""
    log = Log()
    monkeypatch.setattr(log_files, "EventLog", lambda home: log)
    monkeypatch.setattr(clock, "EventLog", lambda home: log)
    monkeypatch.setattr(log_files, "rejected_counts", log.rejected_counts)
    # Digests of files are for tests/integration, with a log on the disk.
    monkeypatch.setattr(log_files, "verify_entry", lambda *args, **options: [])
    return log


@pytest.fixture
def freeze(tmp_path: Path):
    """Write a frozen price book of two tables and a lookup: freeze(digest, price)."""

    def write(digest: str, price: str = "1.5") -> FrozenBook:
        path = tmp_path / "price_books" / digest
        (path / "lookups").mkdir(parents=True)
        tables = {
            "rates": f"select 'r1' as rate_id, {price}::decimal(20, 10) as price",
            "contracts": "select null::varchar as contract_id, []::varchar[] as tags limit 0",
            "lookups/model_weights": "select 'a' as model, 2::decimal(20, 10) as weight",
        }
        with duckdb.connect() as con:
            for name, query in tables.items():
                con.execute(f"copy ({query}) to '{path / name}.parquet' (format parquet)")
        return FrozenBook(digest, path)

    return write


@pytest.fixture
def home(tmp_path: Path, con: duckdb.DuckDBPyConnection) -> Path:
    """Two final invoices of January, two drafts of February; a run has published them."""
    prepare(con, tmp_path)
    hand_over(con, 2)
    finalize(con, tmp_path, FEBRUARY)
    (tmp_path / "price_books" / "book").mkdir(parents=True)
    run(tmp_path, con)
    return tmp_path


@pytest.fixture
def parted(home: Path, con: duckdb.DuckDBPyConnection) -> Path:
    """`home` whose warehouse has all that tells what parts are made of; published."""
    con.execute(
        "create table price_book.pricing_units (price_book text, pricing_unit text, decimals int)"
    )
    con.execute("insert into price_book.pricing_units values ('book', 'USD', 2)")
    con.execute("create schema if not exists invoices")
    con.execute(
        "create or replace view invoices.draft_invoices as "
        "select invoice_id from main.draft_invoices"
    )
    con.execute(
        "create or replace table marts.reconciliation as select date '2025-01-01' as period_start, "
        "1 as product_id union all select date '2025-02-01', 2"
    )
    publish(con, home)
    return home
