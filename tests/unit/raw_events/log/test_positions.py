"""Guards against a record of a source that lands twice or never, whoever dies when (S-61)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from raw_events.common.errors import LogDamaged, PositionMoved
from raw_events.log.entry import Batch
from raw_events.log.event_log import EventLog
from raw_events.log.positions import Position, batch_name, move
from raw_events.log.verify import verify_log
from tests.unit.raw_events.event_cases import AS_OF, land, line, write


def batch(source: str, before: Position | None, to: object) -> Batch:
    moved = move(source, before, to)
    return Batch(batch_name(moved), "x", source, AS_OF, 0, 0, {}, position=moved)


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """Two sources among files: `jobs` up to 20, `calls` up to {"0": 5}."""
    log = EventLog(tmp_path)
    log.append(batch("jobs", None, 10))
    land(tmp_path, write(tmp_path / "one.ndjson", line("a")))
    log.append(batch("calls", None, {"0": 5}))
    log.append(batch("jobs", log.position("jobs"), 20))
    return log


def test_the_latest_position_of_each_source(log: EventLog) -> None:
    assert log.position("jobs") == Position(20, 4)
    assert log.position("calls") == Position({"0": 5}, 3)
    assert log.position("others") is None
    assert EventLog(log.home / "empty").position("jobs") is None
    assert verify_log(log) == []


@pytest.mark.parametrize("before", [None, Position(10, 1), Position(20, 1), Position(19, 4)])
def test_a_batch_from_elsewhere_is_refused(log: EventLog, before: Position | None) -> None:
    with pytest.raises(PositionMoved, match=r"up to 20 \(log version 4\).*S-61"):
        log.append(batch("jobs", before, 30))
    assert (log.version(), log.position("jobs")) == (4, Position(20, 4))


def test_the_same_batch_again_is_the_one_that_landed(log: EventLog) -> None:
    known = log.entries(3, 4)[0]
    assert log.append(batch("jobs", Position(10, 1), 20)) == (known, False)


def test_a_position_that_comes_again_is_another_one(log: EventLog) -> None:
    """A topic that was made anew has the offsets that it had: its records are others."""
    log.append(batch("jobs", log.position("jobs"), 10))
    entry, is_new = log.append(batch("jobs", log.position("jobs"), 20))
    assert (entry.version, is_new) == (6, True)
    assert verify_log(log) == []


def test_entries_without_a_position_are_as_before(log: EventLog) -> None:
    def keys(version: int) -> set[str]:
        lines = log.entry_path(version).read_text().splitlines()
        info = next(json.loads(it)["commitInfo"] for it in lines if "commitInfo" in it)
        return set(info["meterhouse"])

    assert "position" not in keys(2)
    assert keys(3) - keys(2) == {"position"}


def test_verify_follows_the_chain(log: EventLog) -> None:
    """A batch that somebody else wrote beside the log's own way."""
    forged = batch("jobs", Position(15, 4), 30)
    log._write_entry(log._table(), forged)
    found = [it.problem for it in verify_log(log) if "S-61" in it.problem]
    assert len(found) == 1 and "read from jobs at 15" in found[0] and "up to 20" in found[0]


def test_a_cursor_that_names_a_foreign_entry_stops(log: EventLog) -> None:
    wrong = batch("calls", log.position("calls"), {"0": 9})
    wrong = replace(wrong, position={**wrong.position, "source": "calls"})
    log._write_entry(log._table(), wrong)
    path = log.entry_path(5)
    path.write_text(path.read_text().replace('"source":"calls"', '"source":"other"'))
    with pytest.raises(LogDamaged, match="calls"):
        log.position("calls")
