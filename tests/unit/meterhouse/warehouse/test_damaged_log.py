"""A damaged log: drafts of what is sound, and nothing final (S-47)."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.price_book.sums import write_sums
from meterhouse.warehouse.clock import check_clock
from meterhouse.warehouse.errors import DamagedLog
from meterhouse.warehouse.inputs import _create_tables
from meterhouse.warehouse.log_files import (
    check_before_finalization,
    damage,
    raise_damage,
    sync_log,
)
from raw_events.ingest.landing import land_file
from raw_events.log.checksums import record_checksum
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.ledger.ledger_cases import in_memory


@pytest.fixture
def con():
    with in_memory() as con:
        _create_tables(con)
        con.execute("create table inputs.price_books (price_book VARCHAR)")
        con.execute("create schema invoices")
        con.execute(
            "create table invoices.due_invoices as select date '2025-01-05' as earliest_period"
        )
        yield con


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Batches of 2, 6 and 7 January, log versions 1 to 3."""
    for day in (2, 6, 7):
        event = {
            "transaction_id": str(day),
            "customer_id": "acme",
            "event_type": "api_call",
            "timestamp": f"2025-01-{day:02d}T00:00:00Z",
        }
        file = tmp_path / f"{day}.ndjson"
        file.write_text(json.dumps(event), "utf-8")
        land_file(tmp_path, file, None, datetime(2025, 1, day, tzinfo=UTC))
    return tmp_path


def data_file(home: Path, version: int) -> Path:
    return home / "raw_events" / EventLog(home).entries(version - 1, version)[0].path


def flip(path: Path, place: int = 100) -> None:
    whole = bytearray(path.read_bytes())
    whole[place] ^= 1
    path.write_bytes(whole)


def test_a_sound_log_has_no_damage(con, home):
    assert sync_log(con, home).version == 3
    assert check_before_finalization(con, home) == []
    raise_damage(con)


def test_a_new_file_that_is_damaged_is_not_read_and_the_log_ends_before_it(con, home):
    flip(data_file(home, 2))
    state = sync_log(con, home)
    assert (state.version, state.new_events) == (1, 1)
    assert data_file(home, 2).name in damage(con)[0]
    with pytest.raises(DamagedLog, match=data_file(home, 2).name):
        raise_damage(con)
    flip(data_file(home, 2))
    assert sync_log(con, home).version == 3
    assert damage(con) == []


def test_a_file_that_was_read_and_is_damaged_since_stops_the_finalization(con, home):
    sync_log(con, home)
    flip(data_file(home, 3))
    assert sync_log(con, home).version == 3
    assert data_file(home, 3).name in check_before_finalization(con, home)[0]


def test_only_files_that_can_hold_events_of_what_is_due_are_read_again(con, home):
    """A run costs what is due, not the whole log; `meterhouse verify` reads the rest."""
    sync_log(con, home)
    flip(data_file(home, 1))
    assert check_before_finalization(con, home) == []
    con.execute("update invoices.due_invoices set earliest_period = date '2025-01-01'")
    assert data_file(home, 1).name in check_before_finalization(con, home)[0]


def test_a_price_book_in_use_that_is_damaged_stops_the_finalization(con, home):
    sync_log(con, home)
    book = home / "price_books" / "ab12"
    book.mkdir(parents=True)
    (book / "rates.parquet").write_bytes(b"rates")
    write_sums(book)
    con.execute("insert into inputs.price_books values ('ab12')")
    assert check_before_finalization(con, home) == []
    flip(book / "rates.parquet", 2)
    assert "rates.parquet" in check_before_finalization(con, home)[0]
    shutil.rmtree(book)
    assert "ab12 is missing" in "\n".join(check_before_finalization(con, home))


def test_a_broken_checksum_of_the_ledger_stops_the_finalization(con, home):
    sync_log(con, home)
    entry = home / "invoices" / "_delta_log" / f"{1:020d}.json"
    entry.parent.mkdir(parents=True)
    entry.write_text("{}", "utf-8")
    record_checksum(entry)
    assert check_before_finalization(con, home) == []
    entry.write_text("[]", "utf-8")
    assert entry.name in check_before_finalization(con, home)[0]


@pytest.mark.parametrize("version", [2, 3])
def test_a_damaged_entry_is_found_too(con, home, version):
    sync_log(con, home)
    path = EventLog(home).entry_path(version)
    path.write_text(path.read_text("utf-8").replace('"api', '"apj').replace("txn", "txm"), "utf-8")
    assert path.name in "\n".join([*check_before_finalization(con, home), *damage(con)])


def test_an_entry_that_cannot_be_read_leaves_the_clock_going(con, home):
    sync_log(con, home)
    EventLog(home).entry_path(3).write_text("torn", "utf-8")
    check_clock(home, datetime(2025, 1, 8, tzinfo=UTC), con)
    assert sync_log(con, home).version == 3
    assert "cannot be used" in damage(con)[0]
