"""Guards against sources that lose or double a record, or stop each other.

Rules S-60, S-61, S-65 and S-66, with a source in memory.
"""

import sys
from datetime import datetime
from pathlib import Path

import pytest

from raw_events.collectors.collect import skip
from raw_events.collectors.due import collect_due, is_due
from raw_events.collectors.errors import BeingCollected, RecordsLost, SourceError, Unreachable
from raw_events.collectors.records import RecordsReader
from raw_events.collectors.source import SourceBatch
from raw_events.collectors.state import StateFile
from raw_events.log.event_log import EventLog
from raw_events.log.positions import Position
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import Selection, export, list_rejected, replay
from tests.unit.raw_events.collectors.fake import AS_OF, FakeSource, collected, ids, lines
from tests.unit.raw_events.event_cases import landed


def test_each_record_lands_once_with_its_position(tmp_path: Path) -> None:
    source = FakeSource(lines(5))
    done = collected(tmp_path, source)
    assert (done.batches, done.accepted, done.rejected) == (3, 5, 0)
    assert ids(tmp_path) == ["t0", "t1", "t2", "t3", "t4"]
    assert {row["source"] for row in landed(tmp_path)} == {"fake"}
    assert EventLog(tmp_path).position("fake") == Position(5, 3)
    assert collected(tmp_path, source).batches == 0
    source.values += lines(7)[5:]
    assert collected(tmp_path, source).accepted == 2
    assert verify_log(EventLog(tmp_path)) == []


def test_what_cannot_be_taken_is_kept_with_its_place(tmp_path: Path) -> None:
    """The quarantine is the dead-letter queue: listed, replayed, waived like a file's (S-65)."""
    good, bad = lines(1), [b'{"broken', b"", b'{\n"transaction_id": "t9"}']
    done = collected(tmp_path, FakeSource([*good, *bad], size=4))
    assert (done.accepted, done.rejected) == (1, 3)
    found = list_rejected(tmp_path)
    assert [(it.raw, it.line_number, it.source, it.file_name) for it in found] == [
        (bad[0], 2, "fake", "records from 0"),
        (bad[1], 3, "fake", "records from 0"),
        (bad[2], 4, "fake", "records from 0"),
    ]
    assert [it.reason.rpartition(" It is ")[2] for it in found] == [
        "record 1.",
        "record 2.",
        "record 3.",
    ]
    # An empty record has nothing that could be validated again: it is waived.
    assert replay(tmp_path, AS_OF).still_rejected == 2
    assert export(tmp_path, tmp_path / "x.ndjson", Selection(ids=(found[2].id,))) == 1
    assert (tmp_path / "x.ndjson").read_bytes() == b'{ "transaction_id": "t9"}\n'


def test_connection_errors_are_tried_again_and_nothing_else_is(tmp_path: Path) -> None:
    source, raised = FakeSource(lines(2)), [Unreachable("gone"), ConnectionResetError("gone")]

    def trouble(_: int) -> None:
        if raised:
            raise raised.pop()

    source.trouble = trouble
    assert collected(tmp_path, source).accepted == 2
    assert source.asked == [0, 0, 0, 2]
    other = FakeSource(lines(2), name="other")
    other.trouble = lambda _: (_ for _ in ()).throw(ValueError("no such column"))
    with pytest.raises(SourceError, match="no such column"):
        collected(tmp_path, other)
    assert other.asked == [0]


def test_the_lag_of_a_stopped_source_is_asked_after_its_error_and_not_of_who_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unreachable source was asked for half a minute more, and confluent-kafka, failing while an
    error is handled, kept that error for ever: DuckDB named 27 objects on stderr at the end."""
    monkeypatch.setattr("raw_events.collectors.retries.ATTEMPTS", 1)
    handled: list[BaseException | None] = []

    class Told(FakeSource):
        def lag(self, position: int | None, as_of: datetime) -> dict[str, int]:
            handled.append(sys.exception())
            return {"records": 2}

    def stopped_by(error: Exception, asks_for_lag: bool = True) -> object:
        source = Told(lines(2))
        source.asks_for_lag = asks_for_lag
        source.trouble = lambda _: (_ for _ in ()).throw(error)
        with pytest.raises(type(error), match="such"):
            collected(tmp_path, source)
        return StateFile(tmp_path, "fake").read().lag

    assert stopped_by(SourceError("no such column")) == {"records": 2} and handled == [None]
    assert stopped_by(Unreachable("no such host")) is None, "nor is it what it was before"
    assert handled == [None]
    assert stopped_by(Unreachable("no such host"), asks_for_lag=False) == {"records": 2}


def test_an_error_in_the_middle_of_a_batch_lands_nothing_of_it(tmp_path: Path) -> None:
    source = FakeSource(lines(4))
    broken = [False, True]

    def inside() -> None:
        if broken and broken.pop(0):
            raise ValueError("the stream broke")

    source.inside = inside
    with pytest.raises(SourceError, match="the stream broke"):
        collected(tmp_path, source)
    assert ids(tmp_path) == ["t0", "t1"]
    assert collected(tmp_path, source).accepted == 2
    assert ids(tmp_path) == ["t0", "t1", "t2", "t3"]


def test_another_process_that_was_faster_doubles_nothing(tmp_path: Path) -> None:
    source, rival = FakeSource(lines(4)), FakeSource(lines(4))

    def overtaken() -> None:
        source.inside = lambda: None
        from raw_events.collectors.land import land_records

        land_records(tmp_path, "fake", rival.read(None, AS_OF), None, AS_OF)

    source.inside = overtaken
    assert collected(tmp_path, source).accepted == 4
    assert ids(tmp_path) == ["t0", "t1", "t2", "t3"]


def test_a_second_process_waits_for_the_next_time(tmp_path: Path) -> None:
    with StateFile(tmp_path, "fake").alone(), pytest.raises(BeingCollected):
        collected(tmp_path, FakeSource(lines(2)))


def test_a_loss_stops_the_source_until_a_person_lets_it_go_on(tmp_path: Path) -> None:
    source = FakeSource(lines(6))
    source.values = source.values[:2]
    collected(tmp_path, source)
    source.values, source.first = lines(6), 4
    for _ in range(2):
        with pytest.raises(RecordsLost, match="records 2 to 3"):
            collected(tmp_path, source)
    state = StateFile(tmp_path, "fake").read()
    assert state.is_stopped and "records 2 to 3" in str(state.last_error)
    found, entry = skip(tmp_path, source, "trimmed by mistake", "ann", AS_OF)
    assert found.what == "records 2 to 3"
    assert entry.position == {
        "source": "fake",
        "from": 2,
        "to": 4,
        "after": 1,
        "skipped": {
            "reason": "trimmed by mistake",
            "skipped_by": "ann",
            "what": "records 2 to 3",
        },
    }
    assert collected(tmp_path, source).accepted == 2
    assert ids(tmp_path) == ["t0", "t1", "t4", "t5"]
    assert not StateFile(tmp_path, "fake").read().is_stopped
    assert verify_log(EventLog(tmp_path)) == []
    with pytest.raises(SourceError, match="nothing is lost"):
        skip(tmp_path, source, "again", "ann", AS_OF)
    with pytest.raises(SourceError, match="reason"):
        skip(tmp_path, source, " ", "ann", AS_OF)


def test_a_source_that_stops_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, good = FakeSource(lines(2), name="a_broken"), FakeSource(lines(2), name="b_good")
    broken.trouble = lambda _: (_ for _ in ()).throw(SourceError("a_broken: key twice"))
    sources = {source.name: source for source in (broken, good)}
    monkeypatch.setattr("raw_events.collectors.due.open_source", lambda _, name: sources[name])
    (tmp_path / "collectors").mkdir()
    for name in sources:
        (tmp_path / "collectors" / f"{name}.sql").touch()
    found = list(collect_due(tmp_path, tmp_path / "collectors", lambda: AS_OF))
    assert [(it.name, it.accepted, it.error) for it in found] == [
        ("a_broken", 0, "a_broken: key twice"),
        ("b_good", 2, None),
    ]
    # The good one is not due again within its cadence; the other is tried again.
    again = list(collect_due(tmp_path, tmp_path / "collectors", lambda: AS_OF))
    assert [it.name for it in again] == ["a_broken"]
    assert is_due(tmp_path, good, AS_OF + good.cadence)
    assert is_due(tmp_path, good, AS_OF - good.cadence), "read by a clock that was ahead"


def test_an_empty_stretch_is_remembered_where_the_source_says_so(tmp_path: Path) -> None:
    class Quiet(FakeSource):
        def read(self, position: int | None, as_of: datetime) -> SourceBatch:
            return SourceBatch(RecordsReader([]), 7, "nothing", True, keep_empty=self.size > 1)

    assert collected(tmp_path, Quiet([], size=1)).batches == 0
    assert EventLog(tmp_path).position("fake") is None
    assert collected(tmp_path, Quiet([], size=3)).batches == 1
    assert EventLog(tmp_path).position("fake") == Position(7, 1)
