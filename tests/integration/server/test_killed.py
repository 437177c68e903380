"""Guards against an acknowledged event that is lost or landed twice when a process is killed."""

from functools import partial
from pathlib import Path

import pytest

from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.segments.landing import land_segments
from raw_events.segments.writer import SegmentWriter
from tests.integration.raw_events.processes import killed_at
from tests.integration.server.running import killed_at_random, serving
from tests.unit.raw_events.event_cases import AS_OF, landed, line

KILLED = "landers killed, one per point"


def now() -> object:
    return AS_OF


def land(home: Path) -> None:
    land_segments(home, now, now)


def acknowledge(home: Path, *ids: str) -> None:
    app = SegmentWriter(home, "app", now)
    app.commit("".join(f"{line(id)}\n" for id in ids).encode())


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("raw_events.segments.seal", "sync_path"),
        (EventLog, "append"),
        (EventLog, "_write_entry"),
        (EventLog, "_made"),
        ("raw_events.segments.landing", "_remove"),
    ],
)
def test_a_lander_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, owner: type | str, name: str, after: bool, record_property
) -> None:
    record_property(KILLED, 1)
    acknowledge(tmp_path, "a", "b")
    killed_at(owner, name, after, partial(land, tmp_path))
    acknowledge(tmp_path, "c")
    land(tmp_path)
    assert sorted(row["transaction_id"] for row in landed(tmp_path)) == ["a", "b", "c"]
    assert verify_log(EventLog(tmp_path)) == []
    assert list((tmp_path / "segments").glob("*/*")) == []


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        ("raw_events.segments.writer", "sync_path", False),
        ("raw_events.segments.writer", "sync_path", True),
        (SegmentWriter, "_append", False),
        (SegmentWriter, "_append", True),
    ],
)
def test_a_writer_that_is_killed_leaves_what_was_acknowledged(
    tmp_path: Path, owner: type | str, name: str, after: bool, record_property
) -> None:
    record_property("writers killed, one per point", 1)
    acknowledge(tmp_path, "a")
    killed_at(owner, name, after, partial(acknowledge, tmp_path, "b"))
    land(tmp_path)
    found = sorted(row["transaction_id"] for row in landed(tmp_path))
    # Written and synced, and killed before the answer: the sender will send it again (S-8).
    assert found == (["a", "b"] if (name, after) == ("_append", True) else ["a"])


def test_server_lander_and_parent_killed_while_events_come(tmp_path: Path, record_property) -> None:
    """A few kills; tests/long/test_door_killed.py has more."""
    with serving(tmp_path / "home") as server:
        record_property("processes of the server killed", killed_at_random(server, 1, 4, 1.0))
