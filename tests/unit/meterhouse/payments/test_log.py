"""The log of payments: guards against an event that is in it twice, or is lost (S-72)."""

import multiprocessing
from datetime import timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from meterhouse.payments.log import Payments, payments_table
from meterhouse.payments.verify import verify_payments
from meterhouse.payments.warehouse_rows import (
    COLUMNS,
    ENTRY_COLUMNS,
    read_version,
    sync_payments,
)
from raw_events.common.errors import LogDamaged
from tests.unit.meterhouse.payments.payment_cases import NOON, payment


def logged(home):
    files = payments_table(home).files()
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_an_event_is_there_once(tmp_path):
    log = Payments(tmp_path)
    assert len(log.append([payment("e1"), payment("e1"), payment("e2")], lambda: NOON)) == 2
    assert log.append([payment("e1", status="void")], lambda: NOON) == []
    again = Payments(tmp_path)
    [new] = again.append([payment("e2"), payment("e2", provider="files")], lambda: NOON)
    assert (new["provider"], new["received_at"]) == ("files", NOON)
    rows = sorted((row["provider"], row["event_id"], row["status"]) for row in logged(tmp_path))
    assert rows == [("files", "e2", "paid"), ("stripe", "e1", "paid"), ("stripe", "e2", "paid")]


def append_all(home, begin, names):
    log = Payments(home)
    begin.wait()
    for name in names:
        log.append([payment(name)], lambda: NOON)


def test_processes_at_once_lose_and_double_nothing(tmp_path):
    """Each of four processes has the same twelve events, each in another order."""
    context = multiprocessing.get_context("spawn")
    begin, names = context.Barrier(4), [f"e{number}" for number in range(12)]
    working = [
        context.Process(target=append_all, args=(tmp_path, begin, names[turn:] + names[:turn]))
        for turn in (0, 3, 6, 9)
    ]
    for process in working:
        process.start()
    for process in working:
        process.join()
        assert process.exitcode == 0
    assert sorted(row["event_id"] for row in logged(tmp_path)) == sorted(names)


def test_a_changed_entry_stops_it(tmp_path):
    """What may be an event that is there is not appended a second time."""
    Payments(tmp_path).append([payment("e1")], lambda: NOON)
    [file] = payments_table(tmp_path).files()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(LogDamaged):
        Payments(tmp_path).append([payment("e1")], lambda: NOON)


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema inputs")
        con.execute(f"create table inputs.payments ({COLUMNS})")
        con.execute(f"create table inputs.payment_entries ({ENTRY_COLUMNS})")
        yield con


def events(con):
    query = "select event_id from inputs.payments order by payments_version, event_id"
    return [event for (event,) in con.execute(query).fetchall()]


def test_a_run_reads_each_entry_once(tmp_path, con):
    log = Payments(tmp_path)
    assert sync_payments(con, tmp_path) == []
    assert (events(con), read_version(con)) == ([], -1)
    log.append([payment("e1"), payment("e2")], lambda: NOON)
    log.append([payment("e3")], lambda: NOON + timedelta(hours=1))
    # A rebuild reads the log as it was (S-47).
    assert sync_payments(con, tmp_path, 1) == []
    assert (events(con), read_version(con)) == (["e1", "e2"], 1)
    for _ in range(2):
        assert sync_payments(con, tmp_path) == []
        assert (events(con), read_version(con)) == (["e1", "e2", "e3"], 2)


def test_a_log_that_is_damaged_or_older_is_said(tmp_path, con):
    log = Payments(tmp_path)
    log.append([payment("e1")], lambda: NOON)
    sync_payments(con, tmp_path)
    log.append([payment("e2")], lambda: NOON)
    log.append([payment("e3")], lambda: NOON)
    entries = payments_table(tmp_path).entries(0, 3)
    second = payments_table(tmp_path).root / entries[1].path
    second.rename(second.with_suffix(".gone"))
    [problem] = sync_payments(con, tmp_path)
    assert second.name in problem
    assert events(con) == ["e1"]
    second.with_suffix(".gone").rename(second)
    assert sync_payments(con, tmp_path) == []
    assert events(con) == ["e1", "e2", "e3"]
    (payments_table(tmp_path).folder / f"{3:020d}.json").unlink()
    [problem] = sync_payments(con, tmp_path)
    assert "older" in problem


def test_verify_names_what_is_changed_or_gone(tmp_path):
    """S-47: what a rebuild would read."""
    assert verify_payments(tmp_path, -1) == (0, [])
    [problem] = verify_payments(tmp_path, 2)[1]
    assert "made from version 2" in problem
    log = Payments(tmp_path)
    log.append([payment("e1")], lambda: NOON)
    log.append([payment("e2")], lambda: NOON)
    assert verify_payments(tmp_path, 2) == (2, [])
    table = payments_table(tmp_path)
    first = table.root / table.entries(0, 1)[0].path
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    [problem] = verify_payments(tmp_path, 2)[1]
    assert first.name in problem
    entry = table.folder / f"{2:020d}.json"
    entry.write_text(entry.read_text().replace("e", "E", 1))
    assert len(verify_payments(tmp_path, 2)[1]) >= 2
