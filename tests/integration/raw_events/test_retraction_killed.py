"""Guards against a retraction that is half done when its process is killed (S-51)."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from raw_events.common.files import ParquetFolder
from raw_events.ingest.retract import RetractionReport, retract
from raw_events.log.event_log import EventLog
from raw_events.log.retractions import retractions
from raw_events.log.verify import verify_log
from tests.integration.raw_events.processes import killed_at
from tests.unit.raw_events.event_cases import AS_OF, land, line, write

KILLED = "retractions killed, one per point"


def take_back(home: Path, hours: int = 1) -> RetractionReport:
    return retract(home, ["a", "b"], "sent in bytes", "ops", AS_OF + timedelta(hours=hours))


def taken_back(home: Path) -> list[dict[str, int]]:
    return [each.events for each in retractions(EventLog(home))]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    land(tmp_path, write(tmp_path / "events.ndjson", "\n".join([line("a"), line("b"), line("c")])))
    return tmp_path


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        (ParquetFolder, "write", True),
        (ParquetFolder, "finish", True),
        (EventLog, "append", False),
        (EventLog, "_write_entry", False),
    ],
)
def test_killed_before_the_commit_nothing_is_taken_back(
    home: Path, owner: type, name: str, after: bool, record_property
) -> None:
    record_property(KILLED, 1)
    killed_at(owner, name, after, partial(take_back, home))
    assert taken_back(home) == []
    assert verify_log(EventLog(home)) == []
    # At the same moment or later: neither meets what the killed one left behind.
    report = take_back(home, hours=2 if name == "finish" else 1)
    assert [(each.landed, each.taken_back) for each in report.ids] == [(1, 1), (1, 1)]
    assert taken_back(home) == [{"a": 1, "b": 1}]
    assert verify_log(EventLog(home)) == []


@pytest.mark.parametrize("name", ["_write_entry", "_made"])
def test_killed_after_the_commit_all_is_taken_back(home: Path, name: str, record_property) -> None:
    record_property(KILLED, 1)
    killed_at(EventLog, name, True, partial(take_back, home))
    assert taken_back(home) == [{"a": 1, "b": 1}]
    assert verify_log(EventLog(home)) == []
    again = take_back(home, hours=2)
    assert [(each.landed, each.taken_back) for each in again.ids] == [(1, 0), (1, 0)]
    assert again.log_version is None and len(taken_back(home)) == 1
