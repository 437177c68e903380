"""Guards against SQL collectors that read what nobody asked for, or name rows wrongly (S-63).

The database is a DuckDB file, which needs no server: what is special about PostgreSQL is tested in
tests/integration/collectors.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from raw_events.collectors.collect import Collected, collect, collect_due, skip
from raw_events.collectors.dry_run import dry_run
from raw_events.collectors.errors import CollectorFault, MissingExtra, NothingToSkip, SourceError
from raw_events.collectors.folder import open_source
from raw_events.collectors.overview import forget, overview
from raw_events.collectors.sql import rows
from raw_events.collectors.sql.bound import Bound
from raw_events.collectors.sql.ids import RowIds
from raw_events.collectors.sql.source import SqlSource
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from raw_events.quarantine.actions import Selection, export, list_rejected, replay
from tests.unit.raw_events.event_cases import AS_OF, landed

pytest.importorskip("adbc_driver_manager", reason="adbc-driver-manager is not installed")

HEAD = {
    "connection": "SHOP_DB",
    "driver": "duckdb",
    "key": "order_id",
    "start": "2026-01-31",
    "lag": "10m",
    "event_type": "order",
}
SELECT = """select order_id, customer_id, placed_at as timestamp, amount
from orders where placed_at >= $1 and placed_at < $2"""
MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DuckDB file with an order a minute from midnight on, to noon of AS_OF."""
    path = tmp_path / "shop.duckdb"
    monkeypatch.setenv("SHOP_DB", f"duckdb://{path}")
    with duckdb.connect(path) as con:
        con.execute(
            "create table orders as select n as order_id, 'c' || n % 3 as customer_id, "
            "timestamptz '2026-01-31 00:00:00+00' + to_minutes(n) as placed_at, "
            "(n / 8)::decimal(10, 3) as amount from range(720) as r(n)"
        )
    return path


def collector(folder: Path, select: str = SELECT, **settings: object) -> Path:
    lines = [f"{key}: {value}" for key, value in {**HEAD, **settings}.items() if value is not None]
    folder.mkdir(exist_ok=True)
    (folder / "orders.sql").write_text("\n".join(["/*---", *lines, "---*/", select]))
    return folder


def run(home: Path, folder: Path, as_of: datetime = AS_OF) -> Collected:
    return collect(home, open_source(folder, "orders"), lambda: as_of, by_hand=True)


def test_windows_end_before_the_lag(shop, tmp_path):
    folder = collector(tmp_path / "c", max_window="1h")
    done = run(tmp_path, folder)
    assert (done.accepted, done.batches) == (710, 12)
    assert EventLog(tmp_path).position("orders").value == "2026-01-31T11:50:00.000000Z"
    assert run(tmp_path, folder, AS_OF + timedelta(minutes=5)).accepted == 5
    numbers = sorted(json.loads(row["properties"])["order_id"] for row in landed(tmp_path))
    assert numbers == list(range(715))
    assert len({row["transaction_id"] for row in landed(tmp_path)}) == 715


HOURLY = """select customer_id, date_trunc('hour', placed_at) as timestamp,
    sum(amount) as amount, count(*) as orders
from orders where placed_at >= $1 and placed_at < $2 group by all"""
AGGREGATE = {"key": "customer_id", "aggregate": "1h"}


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


def test_infinite_dates_of_other_databases_reject_their_rows(shop, tmp_path):
    with duckdb.connect(shop) as con:
        con.execute("alter table orders add column until timestamptz")
        con.execute("alter table orders add column day date")
        con.execute("update orders set until = 'infinity' where order_id = 1")
        con.execute("update orders set until = '9999-12-31 23:59:59+00' where order_id = 2")
        con.execute("update orders set day = '-infinity' where order_id = 3")
    done = run(tmp_path, collector(tmp_path / "c", SELECT.replace("amount", "until, day")))
    assert (done.accepted, done.rejected_by_reason) == (708, {"not_json": 2})


def test_infinity_is_no_instant(shop, tmp_path):
    """Neither one that is too old, nor one that ends the reading (S-5)."""
    at = (
        "case order_id when 1 then 'infinity'::timestamptz when 2 then '-infinity'::timestamptz "
        "when 3 then '20000-01-01'::timestamptz else placed_at end as timestamp"
    )
    folder = collector(tmp_path / "c", SELECT.replace("placed_at as timestamp", at))
    outcomes = [it.outcome for it in dry_run(tmp_path, open_source(folder, "orders"), AS_OF)]
    assert outcomes.count("bad_timestamp") == 3
    assert run(tmp_path, folder).rejected_by_reason == {"bad_timestamp": 3}
    kept = list_rejected(tmp_path)
    assert ["(S-5): infinity, which" in it.reason for it in kept] == [True, False, False]
    assert [json.loads(it.raw)["timestamp"] for it in kept[:2]] == ["infinity", "-infinity"]
    assert replay(tmp_path, AS_OF).rejected_by_reason == {"bad_timestamp": 3}


def test_rows_are_exported_as_events_that_can_be_corrected(shop, tmp_path):
    """S-7: what lands after the correction is what would have landed."""
    with duckdb.connect(shop) as con:
        con.execute("alter table orders add column until date")
        con.execute("update orders set until = 'infinity' where order_id = 9")
        con.execute("update orders set until = '-infinity', customer_id = null where order_id = 10")
    run(tmp_path, collector(tmp_path / "c", SELECT.replace("amount", "amount, until")))
    file = tmp_path / "x.ndjson"
    assert export(tmp_path, file, Selection(source="orders")) == 2
    said = file.read_text()
    first, second = said.splitlines()
    assert first.endswith('"properties":{"order_id":9,"amount":1.125,"until":infinity}}')
    assert second.endswith('"properties":{"order_id":10,"amount":1.25,"until":-infinity}}')
    file.write_text(said.replace("-infinity", '"x"').replace("infinity", '"2027-01-01"'))
    report = replay(tmp_path, AS_OF, corrected=file)
    assert (report.landed, report.rejected_by_reason) == (1, {"missing_field": 1})
    (row,) = [it for it in landed(tmp_path) if '"2027-01-01"' in it["properties"]]
    assert row["properties"] == '{"order_id":9,"amount":1.125,"until":"2027-01-01"}'


def test_what_is_left_out_is_what_was_refused(shop, tmp_path):
    """A skip that took the window up to now would leave good rows out that nobody has read."""
    folder = collector(tmp_path / "c", max_window="12h")
    with duckdb.connect(shop) as con:
        con.execute("insert into orders select * from orders where order_id = 90")
    with pytest.raises(SourceError, match="no window was refused"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    early = MIDNIGHT + timedelta(hours=2)
    with pytest.raises(SourceError, match=r"comes twice in the window \[2026-01-31T00:00"):
        run(tmp_path, folder, early)
    found, entry = skip(tmp_path, open_source(folder, "orders"), "twice", "ann", AS_OF)
    assert found.to == "2026-01-31T01:50:00.000000Z"
    assert "2026-01-31T01:50:00.000000Z)" in entry.position["skipped"]["what"]
    assert run(tmp_path, folder).accepted == 710 - 110
    with pytest.raises(NothingToSkip):
        skip(tmp_path, open_source(folder, "orders"), "again", "ann", AS_OF)


def test_a_window_that_was_mended_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c")
    with duckdb.connect(shop) as con:
        con.execute("insert into orders select * from orders where order_id = 90")
    with pytest.raises(SourceError, match="comes twice"):
        run(tmp_path, folder)
    with duckdb.connect(shop) as con:
        con.execute("update orders set order_id = 9000 where rowid = 720")
    with pytest.raises(NothingToSkip, match="any more"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    assert run(tmp_path, folder).accepted == 711


BROKEN = SELECT.replace("amount", "case order_id when 90 then 'x'::int else amount end as amount")


def test_an_error_of_the_query_names_its_window_and_that_can_be_left_out(shop, tmp_path):
    """S-63, S-66: the windows before it stay landed, and are said."""
    folder, done = collector(tmp_path / "c", BROKEN, max_window="1h"), Collected("orders")
    with pytest.raises(SourceError, match=r"in the window \[2026-01-31T01:00.*source skip orders"):
        collect(tmp_path, open_source(folder, "orders"), lambda: AS_OF, done=done)
    assert done.counts() == "accepted 60, rejected 0 in 1 batch"
    state = StateFile(tmp_path, "orders").read()
    assert (state.last_success, state.last_landed) == (None, AS_OF.isoformat())
    (stopped,) = collect_due(tmp_path, folder, lambda: AS_OF)
    assert stopped.batches == 0 and "is stopped" in stopped.line()
    found, entry = skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    assert found.to == "2026-01-31T02:00:00.000000Z"
    assert "could not" in entry.position["skipped"]["what"].lower()
    assert run(tmp_path, folder).accepted == 710 - 120


def test_a_query_that_no_window_makes_right_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c", SELECT.replace("amount", "no_such_column"))
    with pytest.raises(SourceError, match=r"in the window \[2026-01-31T00:00") as stopped:
        run(tmp_path, folder)
    assert "source skip" not in str(stopped.value)
    with pytest.raises(NothingToSkip):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)


def test_a_window_that_the_database_gives_again_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c", BROKEN)
    with pytest.raises(SourceError, match="in the window"):
        run(tmp_path, folder)
    collector(tmp_path / "c")
    with pytest.raises(NothingToSkip, match="any more"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)


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


@pytest.mark.parametrize(
    "settings, select, said",
    [
        ({"key": None}, SELECT, "its head has no `key`"),
        ({"start": None}, SELECT, "its head has no `start`"),
        ({"open_transactions": ""}, SELECT, "`open_transactions` is empty"),
        ({"timeout": "0s"}, SELECT, "`timeout` must be a second or more"),
        ({"cadence": "0s"}, SELECT, "`cadence` must be a second or more"),
        ({"aggregate": "0h"}, SELECT, "`aggregate` must be a second or more"),
        ({"alert_after": "1s"}, SELECT, "no shorter than `cadence`"),
        ({"connection": "postgresql://ann:pw@db/x"}, SELECT, "has no place in a file"),
        ({"driver": "postgres"}, SELECT, "for postgres write postgresql"),
        ({"keys": "x"}, SELECT, "settings that nobody knows: keys"),
        ({"lag": "soon"}, SELECT, "`lag` must be a duration"),
        ({"lag": "0s"}, SELECT, "a second or more"),
        ({"lag": "500ms"}, SELECT, "`lag` must be a duration"),
        ({"open_transactions": "wiat"}, SELECT, "wait or ignore, not 'wiat'"),
        ({"start": "yesterday"}, SELECT, "`start` must be a date"),
        # YAML's own dates, and what no clock of Python has, are said like any other fault.
        ({"start": "2026-02-30"}, SELECT, "head is not YAML"),
        ({"start": "0001-01-01T00:00:00+14:00"}, SELECT, "`start` must be a date"),
        ({"cadence": "999999999999d"}, SELECT, "`cadence` is longer"),
        ({"cadence": "10001d"}, SELECT, "`cadence` is longer"),
        ({"aggregate": "5h"}, SELECT, "whole multiples"),
        ({"aggregate": "1h", "start": "2026-01-31T00:30:00Z"}, SELECT, "whole multiples"),
        ({"aggregate": "1h"}, SELECT.replace("placed_at as", "'x' as"), "must be a timestamp"),
        ({}, "delete from orders", "must stand one SELECT"),
        ({}, "/* a */ " * 60 + "no select", "must stand one SELECT"),
        ({}, "select 1", r"\$1 and \$2"),
        ({}, SELECT.replace("$2", "'$2'"), r"\$1 and \$2"),
        ({}, SELECT + "; drop table orders", "more than one statement"),
        ({}, SELECT.replace("amount", "amount as customer_id"), "two columns are called"),
        ({"event_type": None}, SELECT, "no column event_type"),
        ({"key": "line"}, SELECT, "a column of the key"),
        ({"key": "amount"}, SELECT.replace("amount", "amount::double as amount"), "cast it"),
    ],
)
def test_a_wrong_collector_says_what_is_wrong(shop, tmp_path, settings, select, said):
    with pytest.raises(CollectorFault, match=said) as refused:
        run(tmp_path, collector(tmp_path / "c", select, **settings))
    assert refused.value.exit_status == 2 and "orders" in str(refused.value)
    assert "pw@" not in str(refused.value)


def test_a_driver_that_is_not_there_is_said_in_words(shop, tmp_path):
    with pytest.raises(SourceError, match="there is no ADBC driver adbc_driver_nobody on this"):
        run(tmp_path, collector(tmp_path / "c", driver="adbc_driver_nobody"))


def test_a_start_that_is_changed_later_is_said_to_have_no_effect(shop, tmp_path):
    folder = collector(tmp_path / "c")
    run(tmp_path, folder)
    assert overview(tmp_path, folder, AS_OF)[0].hint is None
    collector(tmp_path / "c", start="2026-01-20")
    run(tmp_path, folder)
    (found,) = overview(tmp_path, folder, AS_OF)
    assert "`start` is 2026-01-20T00:00:00+00:00 now and was 2026-01-31" in str(found.hint)


def test_a_source_without_a_collector_may_be_forgotten(shop, tmp_path):
    folder = collector(tmp_path / "c")
    run(tmp_path, folder)
    with pytest.raises(CollectorFault, match="has a collector"):
        forget(tmp_path, folder, "orders")
    text = (folder / "orders.sql").read_text()
    (folder / "orders.sql").unlink()
    (found,) = overview(tmp_path, folder, AS_OF)
    assert found.status == "stopped" and "meterhouse source forget orders" in str(found.fault)
    forget(tmp_path, folder, "orders")
    assert overview(tmp_path, folder, AS_OF) == []
    # Its position stands in the log: with its file back nothing lands twice.
    (folder / "orders.sql").write_text(text)
    assert run(tmp_path, folder).accepted == 0


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


def test_comments_and_quotes_are_left_alone(shop, tmp_path):
    select = f"""-- of the shop; all of it
    /* $3; */ {SELECT.replace("amount", "amount, 'a;$4' as note")} ; -- done
    """
    assert run(tmp_path, collector(tmp_path / "c", select)).accepted == 710
    assert json.loads(landed(tmp_path)[0]["properties"])["note"] == "a;$4"


def test_an_unset_address_names_the_variable(tmp_path):
    with pytest.raises(SourceError, match="SHOP_DB is not set"):
        run(tmp_path, collector(tmp_path / "c"))


def test_a_missing_driver_is_said_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DB", "x")
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_manager.dbapi", None)
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_manager", None)
    with pytest.raises(MissingExtra, match=r"pip install 'meterhouse\[postgres\]'"):
        run(tmp_path, collector(tmp_path / "c"))
