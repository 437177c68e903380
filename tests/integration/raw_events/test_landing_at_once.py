"""Guards against batches lost or doubled when processes land at the same time, or are killed."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from raw_events.common.errors import LandingError
from raw_events.common.files import ParquetFolder
from raw_events.ingest import landing
from raw_events.log.creation import create_table
from raw_events.log.event_log import SCHEMA, EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import list_rejected, replay
from tests.integration.raw_events.processes import at_once, killed_at, refused_with_file_limit
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write

KILLED = "landings and replays killed, one per point"
LATER = AS_OF + timedelta(days=2)


def test_all_batches_are_kept(tmp_path: Path) -> None:
    """The first landings of a log, so that its creation is a race too."""
    paths = [write(tmp_path / f"{name}.ndjson", f"{line(name)}\nbroken {name}") for name in "abcd"]
    at_once(*(partial(land, tmp_path, path) for path in paths))
    log = EventLog(tmp_path)
    assert log.version() == 4
    assert sorted(row["transaction_id"] for row in landed(tmp_path)) == list("abcd")
    assert len(list_rejected(tmp_path)) == 4
    assert verify_log(log) == []


def test_a_log_is_created_once(tmp_path: Path) -> None:
    """A creation that lost the race once became a commit of its own, which is no batch."""
    logs = [EventLog(tmp_path / str(number)) for number in range(12)]
    for log in logs:
        at_once(*[partial(create_table, log.root, SCHEMA, "Events.")] * 4)
    assert [log.version() for log in logs] == [0] * len(logs)


def test_the_same_file_lands_once(tmp_path: Path) -> None:
    path = write(tmp_path / "events.ndjson", f"{line('a')}\nbroken")
    at_once(*[partial(land, tmp_path, path)] * 3)
    assert EventLog(tmp_path).version() == 1
    assert len(landed(tmp_path)) == 1
    assert land(tmp_path, path).already_landed


def test_two_replays_at_once_land_once(tmp_path: Path) -> None:
    ahead = line("a", timestamp="2026-02-02T00:00:00Z")
    land(tmp_path, write(tmp_path / "events.ndjson", f"{ahead}\nbroken"))
    at_once(*[partial(replay, tmp_path, LATER)] * 2)
    assert [row["transaction_id"] for row in landed(tmp_path)] == ["a"]


@pytest.mark.parametrize(
    ("owner", "name", "after"),
    [
        (ParquetFolder, "write", False),
        (ParquetFolder, "write", True),
        (ParquetFolder, "finish", True),
        (EventLog, "append", False),
        ("raw_events.log.event_log", "create_table", True),
        (EventLog, "_write_entry", False),
    ],
)
def test_killed_before_the_commit_nothing_has_landed(
    tmp_path: Path, owner: object, name: str, after: bool, record_property
) -> None:
    record_property(KILLED, 1)
    path = write(tmp_path / "events.ndjson", f"{line('a')}\nbroken")
    killed_at(owner, name, after, partial(land, tmp_path, path))
    assert landed(tmp_path) == []
    assert list_rejected(tmp_path) == []
    assert verify_log(EventLog(tmp_path)) == []
    # Later, so that it is another landing than the one that was killed.
    report = land(tmp_path, path, AS_OF + timedelta(hours=1))
    assert (report.accepted, report.rejected, report.already_landed) == (1, 1, False)
    assert len(landed(tmp_path)) == len(list_rejected(tmp_path)) == 1
    assert verify_log(EventLog(tmp_path)) == []


@pytest.mark.parametrize(("name", "after"), [("_write_entry", True), ("_made", True)])
def test_killed_after_the_commit_all_has_landed(
    tmp_path: Path, name: str, after: bool, record_property
) -> None:
    record_property(KILLED, 1)
    path = write(tmp_path / "events.ndjson", f"{line('a')}\nbroken")
    killed_at(EventLog, name, after, partial(land, tmp_path, path))
    assert land(tmp_path, path).already_landed
    assert len(landed(tmp_path)) == len(list_rejected(tmp_path)) == 1
    assert verify_log(EventLog(tmp_path)) == []


@pytest.mark.parametrize("name", ["append", "_write_entry"])
def test_a_killed_replay_is_done_again_or_was_done(
    tmp_path: Path, name: str, record_property
) -> None:
    record_property(KILLED, 2)
    ahead = line("a", timestamp="2026-02-02T00:00:00Z")
    land(tmp_path, write(tmp_path / "events.ndjson", ahead))
    for after in (False, True):
        killed_at(EventLog, name, after, partial(replay, tmp_path, LATER))
    assert [row["transaction_id"] for row in landed(tmp_path)] == ["a"]
    assert list_rejected(tmp_path) == []


@pytest.mark.parametrize("limit", [0, 100, 500, 1_000, 1_500, 2_000, 2_500, 2_900])
def test_a_full_disk_is_said_and_the_next_landing_is_whole(
    tmp_path: Path, limit: int, record_property
) -> None:
    """A process that may not write larger files: in Parquet, or in the first commit."""
    record_property("landings out of disk, one per size", 1)
    path = write(tmp_path / "events.ndjson", "\n".join(line(f"t{n}") for n in range(20)))

    refused_with_file_limit(limit, partial(land, tmp_path, path))
    assert landed(tmp_path) == []
    assert land(tmp_path, path).accepted == 20
    assert verify_log(EventLog(tmp_path)) == []


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "events.ndjson", line("a"))
    real = landing.write_batch

    def slow(*arguments: object, **named: object) -> object:
        batch = real(*arguments, **named)
        write(path, line("a") + "\n" + line("b"))
        return batch

    monkeypatch.setattr(landing, "write_batch", slow)
    with pytest.raises(LandingError, match="changed while it was read"):
        land(tmp_path, path)
    assert landed(tmp_path) == []
