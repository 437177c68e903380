"""Guards against a log that changes unseen, lands twice, or goes back in time (S-4, S-8, S-47)."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from raw_events.common.errors import ClockWentBack, LogDamaged
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """A log of two batches, the second with a rejected event."""
    land(tmp_path, write(tmp_path / "one.ndjson", line("a") + "\n" + line("b")))
    land(tmp_path, write(tmp_path / "two.ndjson", line("c") + "\nbroken"), source="s3")
    return EventLog(tmp_path)


def test_an_empty_log(tmp_path: Path) -> None:
    log = EventLog(tmp_path)
    assert (log.version(), log.latest_as_of(), log.entries(-1, log.version())) == (-1, None, [])
    assert log.find("x") is None
    assert verify_log(log) == []


def test_commits_say_what_is_in_them(log: EventLog) -> None:
    one, two = log.entries(-1, log.version())
    assert (one.version, one.source, one.rows, one.rejected) == (1, "files", 2, 0)
    assert (two.version, two.source, two.accepted, two.rejected) == (2, "s3", 1, 1)
    assert (two.file_name, two.received_at) == ("two.ndjson", AS_OF)
    assert log.entries(1, 2) == [two]
    assert log.entries(2, 2) == []
    assert log.find(two.batch_id) == two


def test_rows_of_the_log(log: EventLog) -> None:
    assert [
        (row["transaction_id"], row["position"], row["source"]) for row in landed(log.home)
    ] == [
        ("a", 0, "files"),
        ("b", 1, "files"),
        ("c", 0, "s3"),
    ]
    assert {row["received_at"] for row in landed(log.home)} == {AS_OF}


def test_other_engines_read_it(log: EventLog) -> None:
    table = DeltaTable(log.root)
    assert (table.version(), table.count()) == (2, 3)
    with duckdb.connect() as con:
        con.register("log", table.to_pyarrow_dataset())
        assert con.sql("select count(*) from log where timestamp <= received_at").fetchall() == [
            (3,)
        ]


def test_the_same_bytes_land_once_under_any_name(log: EventLog, tmp_path: Path) -> None:
    report = land(tmp_path, write(tmp_path / "copy.jsonl", line("a") + "\n" + line("b")))
    assert report.already_landed
    assert (report.accepted, report.rejected, report.log_version) == (0, 0, 1)
    assert log.version() == 2


def test_a_batch_of_rejected_events_alone_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "bad.ndjson", "nonsense")
    assert land(tmp_path, path).rejected == 1
    assert land(tmp_path, path).already_landed
    assert EventLog(tmp_path).entries(0, 1)[0].path is None


def test_as_of_does_not_go_back(log: EventLog, tmp_path: Path) -> None:
    path = write(tmp_path / "late.ndjson", line("d"))
    with pytest.raises(ClockWentBack, match=r"S-4.*use that instant or a later one"):
        land(tmp_path, path, AS_OF - timedelta(seconds=1))
    with pytest.raises(ClockWentBack, match="has no zone"):
        land(tmp_path, path, AS_OF.replace(tzinfo=None))
    there = AS_OF.astimezone(timezone(timedelta(hours=14)))
    assert land(tmp_path, path, there).accepted == 1
    # Another process asked the same clock at the same time, and was faster.
    other = write(tmp_path / "other.ndjson", line("e"))
    assert land(tmp_path, other, AS_OF - timedelta(microseconds=1)).accepted == 1
    assert log.latest_as_of() == AS_OF


def test_as_of_keeps_its_microseconds(tmp_path: Path) -> None:
    instant = datetime(2026, 1, 31, 12, 0, 0, 123457, tzinfo=UTC)
    land(tmp_path, write(tmp_path / "one.ndjson", line("a")), instant)
    assert EventLog(tmp_path).latest_as_of() == instant
    assert landed(tmp_path)[0]["received_at"] == instant


def test_the_same_landing_gives_the_same_bytes(tmp_path: Path) -> None:
    paths = []
    for home in (tmp_path / "here", tmp_path / "there"):
        land(home, write(tmp_path / "one.ndjson", line("a") + "\nbroken"))
        paths.append(sorted(home.rglob("*.parquet")))
    here, there = paths
    assert [path.name for path in here] == [path.name for path in there]
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]


def flip(path: Path, at: int) -> None:
    """Flip one bit."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_verify_names_any_file_that_changed(log: EventLog) -> None:
    assert verify_log(log) == []
    for path in sorted(log.root.rglob("*")) + sorted((log.home / "quarantine").rglob("*")):
        if path.is_file() and path.stat().st_size and path.name != ".lock":
            original = path.read_bytes()
            for at in (0, len(original) // 2, len(original) - 2):
                flip(path, at)
                named = [problem.file for problem in verify_log(log)]
                shown = path.name.removesuffix(".sha256")
                assert any(shown in file for file in named), (path, at)
                path.write_bytes(original)
    assert verify_log(log) == []


def test_verify_names_a_file_that_is_missing(log: EventLog) -> None:
    entry = log.entries(0, 1)[0]
    (log.root / entry.path).unlink()
    (problem,) = verify_log(log)
    assert problem.file == f"raw_events/{entry.path}"
    assert "is missing" in problem.problem


def test_a_torn_entry_is_named(log: EventLog, tmp_path: Path) -> None:
    path = log.entry_path(2)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(LogDamaged, match="Log entry 2 of the event log"):
        log.latest_as_of()


def test_an_entry_of_another_writer_is_named(log: EventLog) -> None:
    path = log.entry_path(2)
    actions = [json.loads(line) for line in path.read_text().splitlines()]
    actions.append({"remove": {"path": log.entries(0, 1)[0].path, "dataChange": True}})
    path.write_text("\n".join(map(json.dumps, actions)))
    with pytest.raises(LogDamaged, match="it removes files"):
        log.entries(1, 2)
