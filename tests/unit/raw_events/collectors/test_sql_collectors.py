"""Guards against SQL collectors that read what nobody asked for, or name rows wrongly (S-63).

The database is a DuckDB file: what is special about PostgreSQL is in tests/integration/collectors.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from raw_events.collectors.dry_run import dry_run
from raw_events.collectors.errors import SourceError
from raw_events.collectors.folder import open_source
from raw_events.collectors.sql import rows
from raw_events.collectors.sql.bound import Bound
from raw_events.collectors.sql.ids import RowIds
from raw_events.collectors.sql.source import SqlSource
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.collectors.sql_shop import (
    AGGREGATE,
    HOURLY,
    MIDNIGHT,
    SELECT,
    collector,
    run,
)
from tests.unit.raw_events.event_cases import AS_OF, landed


def test_windows_end_before_the_lag(shop, tmp_path):
    folder = collector(tmp_path / "c", max_window="1h")
    done = run(tmp_path, folder)
    assert (done.accepted, done.batches) == (710, 12)
    assert EventLog(tmp_path).position("orders").value == "2026-01-31T11:50:00.000000Z"
    assert run(tmp_path, folder, AS_OF + timedelta(minutes=5)).accepted == 5
    numbers = sorted(json.loads(row["properties"])["order_id"] for row in landed(tmp_path))
    assert numbers == list(range(715))
    assert len({row["transaction_id"] for row in landed(tmp_path)}) == 715


def test_aggregates_are_whole_and_have_what_they_are_over_in_their_ids(shop, tmp_path):
    folder = collector(tmp_path / "c", HOURLY, **AGGREGATE)
    done = run(tmp_path, folder)
    assert (done.accepted, done.batches) == (11 * 3, 1)
    assert EventLog(tmp_path).position("orders").value == "2026-01-31T11:00:00.000000Z"
    assert run(tmp_path, folder, AS_OF + timedelta(minutes=9)).accepted == 0
    assert run(tmp_path, folder, AS_OF + timedelta(minutes=10)).accepted == 3
    found = landed(tmp_path)
    assert len({row["transaction_id"] for row in found}) == 12 * 3
    assert sum(json.loads(row["properties"])["orders"] for row in found) == 720
    assert {row["timestamp"].minute for row in found} == {0}
    # Another size of window names them the same.
    run(tmp_path / "b", collector(tmp_path / "c", HOURLY, max_window="2h", **AGGREGATE))
    ids = {row["transaction_id"] for row in landed(tmp_path / "b")}
    assert len(ids) == 33 and ids < {row["transaction_id"] for row in found}


def test_an_aggregate_that_comes_twice_refuses_the_window(shop, tmp_path):
    twice = HOURLY.replace("date_trunc('hour', placed_at)", "date_trunc('minute', placed_at)")
    with pytest.raises(SourceError, match="comes twice in the window"):
        run(tmp_path, collector(tmp_path / "c", twice, **AGGREGATE))
    assert EventLog(tmp_path).version() == -1


def test_a_window_of_too_many_rows_is_read_in_halves(shop, tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MOST_ROWS", 100)
    done = run(tmp_path, collector(tmp_path / "c"))
    assert done.accepted == 710 and done.batches >= 8
    assert len({row["transaction_id"] for row in landed(tmp_path)}) == 710
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    with pytest.raises(SourceError, match="more rows than one batch"):
        run(tmp_path / "b", collector(tmp_path / "c", HOURLY, **AGGREGATE))


def test_long_stretches_without_rows_are_remembered(shop, tmp_path):
    folder = collector(tmp_path / "c", start="2026-02-02", max_window="1h")
    early, late = (datetime(2026, 2, 2, hour, 30, tzinfo=UTC) for hour in (0, 3))
    assert run(tmp_path, folder, early).batches == 0
    assert EventLog(tmp_path).version() == -1
    assert run(tmp_path, folder, late).batches == 1
    assert EventLog(tmp_path).position("orders").value == "2026-02-02T03:20:00.000000Z"
    (entry,) = EventLog(tmp_path).entries(-1, 1)
    assert (entry.path, entry.accepted) == (None, 0)


def test_a_dry_run_says_what_would_become_of_events(shop, tmp_path):
    select = SELECT.replace(
        "customer_id,", "case when order_id <> 1 then customer_id end as customer_id,"
    )
    folder = collector(tmp_path / "c", select)
    found = dry_run(tmp_path, open_source(folder, "orders"), AS_OF)
    assert len(found) == 20
    assert [it.outcome for it in found[:3]] == ["accepted", "missing_field", "accepted"]
    assert (found[0].timestamp, found[0].customer_id, found[0].properties) == (
        MIDNIGHT,
        "c0",
        '{"order_id":0,"amount":0}',
    )
    assert "customer_id" in found[1].sentence
    assert not (tmp_path / "sources").exists() and EventLog(tmp_path).version() == -1


def test_what_has_landed_is_said(shop, tmp_path):
    """Rows whose time was moved come again, and count once (S-8)."""
    folder = collector(tmp_path / "c")
    run(tmp_path, folder)
    with duckdb.connect(shop) as con:
        con.execute("update orders set placed_at = placed_at + interval 12 hour")
    found = dry_run(tmp_path, open_source(folder, "orders"), AS_OF + timedelta(hours=12))
    assert {it.outcome for it in found} == {"already landed"}


def test_ids_do_not_run_into_each_other(con):
    def ids(*columns: list[str], name: str = "x") -> list[str]:
        key = tuple(f"k{n}" for n in range(len(columns)))
        made = RowIds(name, key, None).of(con, pa.table(dict(zip(key, columns, strict=True))))
        return made.to_pylist()

    pairs = ids(["a", "ab", "1:a", "", "1:"], ["bc", "c", "b", "1:a1:b", "a1:b"])
    assert len(set(pairs)) == 5 and {len(it) for it in pairs} == {40}
    assert ids(["a"]) != ids(["a"], name="y")
    # Never another way: rows that have landed would land again.
    said = hashlib.sha256(b"4:jobs2:17").hexdigest()[:40]
    assert ids([17], name="jobs") == ids(["17"], name="jobs") == [said]


def test_a_key_twice_is_found_across_chunks(con):
    seen = RowIds("x", ("k",), None)
    seen.of(con, pa.table({"k": pa.array(range(100_000))}))
    assert not seen.has_twice()
    seen.of(con, pa.table({"k": pa.array([100_000, 4_711])}))
    assert seen.has_twice()


@pytest.mark.parametrize("minutes, is_held", [(3, False), (61, True)])
def test_aggregates_are_held_up_only_by_what_keeps_a_whole_one_back(
    shop, tmp_path, monkeypatch, minutes, is_held
):
    """At 12:10 with a lag of 10 minutes: who began at 12:00 keeps no hour back."""
    until = datetime(2026, 1, 31, 12, 3, tzinfo=UTC) - timedelta(minutes=minutes)
    monkeypatch.setattr(SqlSource, "_bounds", lambda _: [Bound(until, "somebody writes")])
    folder = collector(tmp_path / "c", HOURLY, **AGGREGATE)
    done = run(tmp_path, folder, AS_OF + timedelta(minutes=19))
    assert done.accepted == (11 if is_held else 12) * 3
    assert (done.note is not None) == is_held
