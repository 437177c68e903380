"""Taking landed events back (S-51).

Guards against an event that is lost, one that is taken back unasked, and one taken back twice.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from raw_events.common.errors import ClockWentBack, LandingError, RetractionError
from raw_events.ingest import retract as module
from raw_events.ingest.retract import RetractedId, retract
from raw_events.log.event_log import EventLog
from raw_events.log.retractions import retractions
from raw_events.log.verify import verify_log
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write

LATER = AS_OF + timedelta(hours=1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A log with `a` sent twice in two files and `b` once."""
    land(tmp_path, write(tmp_path / "one.ndjson", f"{line('a')}\n{line('b')}"))
    land(tmp_path, write(tmp_path / "two.ndjson", line("a", customer_id="other")))
    return tmp_path


def take_back(home: Path, *ids: str, as_of=LATER):
    """Retract as somebody, for a reason."""
    return retract(home, ids, "sent in bytes", "mara", as_of)


def test_it_says_how_many_events_each_id_took_back(home: Path) -> None:
    report = take_back(home, "a", "nowhere", "a")
    assert report.ids == (RetractedId("a", 2, 2), RetractedId("nowhere", 0, 0))
    assert report.log_version == EventLog(home).version() == 3


def test_it_is_an_entry_of_the_log_with_who_why_and_when(home: Path) -> None:
    take_back(home, "b", "a", "nowhere")
    (found,) = retractions(EventLog(home))
    assert (found.log_version, found.received_at, found.retracted_by) == (3, LATER, "mara")
    assert (found.reason, found.events) == ("sent in bytes", {"a": 2, "b": 1})
    assert EventLog(home).latest_as_of() == LATER
    assert verify_log(EventLog(home)) == []


def test_the_events_stay_in_the_log(home: Path) -> None:
    before = landed(home)
    take_back(home, "a", "b")
    assert landed(home) == before


def test_the_same_call_again_records_nothing(home: Path) -> None:
    take_back(home, "a")
    again = take_back(home, "a")
    assert (again.ids, again.log_version) == ((RetractedId("a", 2, 0),), None)
    assert EventLog(home).version() == 3


def test_an_id_that_is_not_in_the_log_records_nothing(home: Path) -> None:
    assert take_back(home, "nowhere").log_version is None
    assert take_back(home / "empty", "a").ids == (RetractedId("a", 0, 0),)
    assert EventLog(home).version() == 2


def test_an_event_that_is_sent_again_can_be_taken_back_again(home: Path) -> None:
    take_back(home, "a")
    land(home, write(home / "three.ndjson", line("a", properties={"region": "us"})), LATER)
    assert take_back(home, "a").ids == (RetractedId("a", 3, 1),)
    assert [each.events for each in retractions(EventLog(home))] == [{"a": 2}, {"a": 1}]


def test_what_landed_meanwhile_is_taken_back_too(home: Path, monkeypatch) -> None:
    """Another file gets in between looking and recording: its `a` landed before the retraction."""
    look, times = module._events, []

    def look_and_be_overtaken(log, ids, version):
        found = look(log, ids, version)
        if not times:
            times.append(version)
            land(home, write(home / "three.ndjson", line("a", event_type="other")), LATER)
        return found

    monkeypatch.setattr(module, "_events", look_and_be_overtaken)
    report = take_back(home, "a")
    assert (report.ids, report.log_version) == ((RetractedId("a", 3, 3),), 4)
    assert [each.events for each in retractions(EventLog(home))] == [{"a": 3}]


def test_time_does_not_go_back(home: Path) -> None:
    with pytest.raises(ClockWentBack, match="S-4"):
        take_back(home, "a", as_of=AS_OF - timedelta(seconds=1))
    assert EventLog(home).version() == 2


@pytest.mark.parametrize(("ids", "reason"), [((), "why"), (("a",), "  ")])
def test_ids_and_a_reason_are_needed(home: Path, ids, reason) -> None:
    with pytest.raises(RetractionError):
        retract(home, ids, reason, "mara", LATER)


def test_a_damaged_file_is_named(home: Path) -> None:
    take_back(home, "a")
    (path,) = (home / "raw_events" / "_retractions").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    (problem,) = verify_log(EventLog(home))
    assert problem.file == f"raw_events/_retractions/{path.name}"
    path.unlink()
    assert "missing" in str(verify_log(EventLog(home))[0])


def test_nothing_is_recorded_where_the_log_cannot_be_read(home: Path) -> None:
    next((home / "raw_events").glob("*.parquet")).unlink()
    with pytest.raises(LandingError, match="meterhouse verify"):
        take_back(home, "a")
    assert EventLog(home).version() == 2


def test_other_entries_are_written_as_before(home: Path) -> None:
    """A release that knows no retractions goes on reading a log without them."""
    actions = EventLog(home).entry_path(2).read_text("utf-8").splitlines()
    (info,) = [json.loads(text)["commitInfo"] for text in actions if "commitInfo" in text]
    assert "retraction" not in info["meterhouse"]
