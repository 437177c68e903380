"""A data directory with a log, a frozen price book and final invoices, made without dbt.

Before a run (`home`) and after one (`published`).
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.passed_build import note_passed_build
from meterhouse.ledger.sync import sync_ledger
from meterhouse.price_book import freeze, load_price_book
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.evidence import note_kept_files
from meterhouse.warehouse.publish import publish_marts
from raw_events.ingest.landing import land_file
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.ledger.ledger_cases import (
    FEBRUARY,
    hand_over,
    in_memory,
    pass_build,
    prepare,
)

SEEDS = Path(__file__).resolve().parents[3] / "twice" / "seeds"


def land(home: Path, number: int) -> None:
    """One batch: ten events and a line that is rejected."""
    lines = [
        json.dumps(
            {
                "transaction_id": f"{number}-{event}",
                "customer_id": "acme",
                "event_type": "api_call",
                "timestamp": f"2025-01-{number:02d}T00:00:{event:02d}Z",
            }
        )
        for event in range(10)
    ]
    file = home / f"{number}.ndjson"
    file.write_text("\n".join([*lines, "no JSON"]), "utf-8")
    land_file(home, file, None, datetime(2025, 1, number, 1, tzinfo=UTC))
    file.unlink()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two batches, one price book, three final invoices."""
    for number in (2, 3):
        land(tmp_path, number)
    book = load_price_book(SEEDS, None, {})
    freeze(book, tmp_path)
    with in_memory() as con:
        prepare(con, tmp_path)
        hand_over(con, 3)
        for table in ("inputs.run", "given.due_invoices"):
            con.execute(f"update {table} set log_version = 2, price_book = ?", [book.digest])
        note_passed_build(con)
        finalize(con, tmp_path, FEBRUARY)
    return tmp_path


@pytest.fixture
def published(home: Path) -> Path:
    """The data directory after a run: marts published, everything marked in the warehouse."""
    with open_warehouse(home) as con:
        sync_ledger(con, home)
        con.execute("create schema marts")
        con.execute("create table marts.invoices as select 'c' as invoice_id, 1 as amount")
        con.execute(
            "create table marts.held_contracts as select 'acme-1' as contract_id, 'seats' as "
            "product_id, date '2025-01-01' as period_start, 'does not fit' as reason, "
            "'event 7' as example"
        )
        con.execute("create table marts.credit_notes as select 'CN-000001' as credit_note_number")
        pass_build(con)
        log = EventLog(home)
        note_kept_files(con, home, log.entries(-1, log.version()))
        publish_marts(con, home)
    return home
