"""Guards against an acknowledged event that is lost, landed twice or turned away for its age."""

import itertools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raw_events.common.errors import CannotWrite, ClockWentBack
from raw_events.ingest import landing as file_landing
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.quarantine.actions import list_rejected
from raw_events.segments import landing
from raw_events.segments.landing import LandedSegments, land_segments
from raw_events.segments.names import OPEN, SEALED, segments
from raw_events.segments.writer import SegmentWriter
from tests.unit.raw_events.event_cases import AS_OF, land, landed, line, write


def acknowledge(home: Path, *lines: str, at: datetime = AS_OF, source: str = "app") -> None:
    app = SegmentWriter(home, source, lambda: at)
    app.commit("".join(f"{it}\n" for it in lines).encode())


def land_at(home: Path, as_of: datetime, now: datetime | None = None) -> LandedSegments:
    return land_segments(home, lambda: as_of, lambda: now or as_of)


def ids(home: Path) -> list[str]:
    return [row["transaction_id"] for row in landed(home)]


def test_a_segment_becomes_a_batch_of_its_source(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"), line("b"))
    acknowledge(tmp_path, line("c"), source="other")
    assert len(land_at(tmp_path, AS_OF).reports) == 2
    rows = landed(tmp_path)
    of = sorted((row["transaction_id"], row["source"]) for row in rows)
    assert of == [("a", "app"), ("b", "app"), ("c", "other")]
    assert {row["received_at"] for row in rows} == {AS_OF}
    assert segments(tmp_path, OPEN) == segments(tmp_path, SEALED) == []
    assert verify_log(EventLog(tmp_path)) == []
    assert land_at(tmp_path, AS_OF).counts() == {}


def test_nothing_to_do_costs_nothing(tmp_path: Path) -> None:
    assert land_at(tmp_path, AS_OF).counts() == {}
    assert list(tmp_path.iterdir()) == []


def test_two_segments_of_the_same_bytes_are_two_batches(tmp_path: Path) -> None:
    for _ in range(2):
        acknowledge(tmp_path, line("a"))
    land_at(tmp_path, AS_OF)
    assert ids(tmp_path) == ["a", "a"]


def test_a_file_of_the_same_bytes_is_another_batch(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"))
    land_at(tmp_path, AS_OF)
    report = land(tmp_path, write(tmp_path / "file.ndjson", line("a") + "\n"))
    assert not report.already_landed


@pytest.mark.parametrize("odd", ["", " "])
def test_landing_later_never_turns_an_event_away_for_its_age(tmp_path: Path, odd: str) -> None:
    """On the fast path, and (with a space) beside it."""
    old, ahead = "2025-12-28T12:00:00Z", "2026-02-01T12:00:00Z"
    lines = [odd + line("a", timestamp=old), odd + line("b", timestamp=ahead)]
    acknowledge(tmp_path, *lines)
    land_at(tmp_path, AS_OF + timedelta(days=40))
    assert ids(tmp_path) == ["a", "b"]
    assert list_rejected(tmp_path) == []


def test_what_only_landing_can_judge_goes_to_quarantine(tmp_path: Path) -> None:
    twice = line("b").replace('"customer_id"', '"event_type":"x","customer_id"')
    acknowledge(tmp_path, line("a"), twice)
    report = land_at(tmp_path, AS_OF).reports[0]
    assert (report.accepted, report.rejected_by_reason) == (1, {"duplicate_key": 1})
    assert list_rejected(tmp_path)[0].source == "app"


def test_a_lander_that_dies_before_the_removal_lands_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledge(tmp_path, line("a"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(landing, "_remove", die)
        with pytest.raises(KeyboardInterrupt):
            land_at(tmp_path, AS_OF)
    assert len(segments(tmp_path, SEALED)) == 1
    synced: list[Path] = []
    monkeypatch.setattr(landing, "sync_path", synced.append)
    report = land_at(tmp_path, AS_OF + timedelta(hours=1)).reports[0]
    assert report.already_landed and ids(tmp_path) == ["a"]
    # Before it is removed the disk has the entry, whoever wrote it.
    assert EventLog(tmp_path).entry_path(1) in synced
    assert segments(tmp_path, SEALED) == []


def test_what_came_after_an_as_of_of_the_past_waits(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"))
    land_at(tmp_path, AS_OF - timedelta(days=1), now=AS_OF)
    assert ids(tmp_path) == [] and len(segments(tmp_path, SEALED)) == 1
    land_at(tmp_path, AS_OF)
    assert ids(tmp_path) == ["a"]


def test_nor_does_it_where_the_clock_that_lands_goes_on(tmp_path: Path) -> None:
    """One clock is asked for `as_of` and for now, a moment later."""
    acknowledge(tmp_path, line("a"), at=AS_OF + timedelta(hours=3))
    ticks = itertools.count()

    def clock() -> datetime:
        return AS_OF + timedelta(milliseconds=next(ticks))

    assert len(land_segments(tmp_path, clock, clock).reports) == 1


def test_a_name_from_a_clock_that_was_wrong_does_not_wait(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"))
    segment = segments(tmp_path, OPEN)[0].path
    segment.rename(segment.with_name("20990101T000000.000000Z-00.ndjson"))
    land_at(tmp_path, AS_OF)
    assert ids(tmp_path) == ["a"]


def test_time_does_not_go_back(tmp_path: Path) -> None:
    """The log is ahead, as after a run with --as-of: the segment waits (S-4)."""
    ahead = AS_OF + timedelta(minutes=30)
    land(tmp_path, write(tmp_path / "file.ndjson", line("x")), ahead)
    acknowledge(tmp_path, line("a"))
    with pytest.raises(ClockWentBack):
        land_at(tmp_path, AS_OF)
    assert len(segments(tmp_path, SEALED)) == 1
    land_at(tmp_path, ahead)
    assert ids(tmp_path) == ["x", "a"]


def test_a_segment_that_cannot_be_read_is_kept_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledge(tmp_path, line("a"), source="bad")
    acknowledge(tmp_path, line("b"))
    real = file_landing.write_batch

    def broken(*arguments: object) -> object:
        if "bad" in arguments:
            raise ValueError("a fault in the reader")
        return real(*arguments)

    monkeypatch.setattr(file_landing, "write_batch", broken)
    result = land_at(tmp_path, AS_OF)
    assert ids(tmp_path) == ["b"] and len(result.refused) == 1
    assert "segments/" in result.lines[0]
    (kept,) = (tmp_path / "segments" / "bad").iterdir()
    assert kept.read_text() == line("a") + "\n" and kept.name.endswith(".refused")
    assert land_at(tmp_path, AS_OF).refused == result.refused, "named again"
    # What was acknowledged lands when the cause is gone, once.
    monkeypatch.setattr(file_landing, "write_batch", real)
    assert len(land_at(tmp_path, AS_OF).reports) == 1
    assert ids(tmp_path) == ["b", "a"] and list(kept.parent.iterdir()) == []


def test_a_segment_that_a_backup_has_linked_lands(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"))
    (segment,) = segments(tmp_path, OPEN)
    os.link(segment.path, tmp_path / "backup")
    assert land_at(tmp_path, AS_OF).refused == []
    assert ids(tmp_path) == ["a"]


def test_it_stops_between_two_segments(tmp_path: Path) -> None:
    acknowledge(tmp_path, line("a"))
    land_segments(tmp_path, lambda: AS_OF, lambda: AS_OF.astimezone(UTC), lambda: True)
    assert len(segments(tmp_path, SEALED)) == 1


def test_a_segment_that_vanishes_is_said_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        acknowledge(tmp_path, line(str(number)))
    real, seen = landing.land_segment, []

    def vanishing(home: Path, path: Path, *more: object) -> object:
        seen.append(path)
        if len(seen) == 2:
            path.unlink()
        return real(home, path, *more)

    monkeypatch.setattr(landing, "land_segment", vanishing)
    result = land_at(tmp_path, AS_OF)
    assert len(result.reports) == 2 and len(ids(tmp_path)) == 2
    assert result.refused == [seen[1].name] and "is gone" in result.lines[0]


@pytest.mark.parametrize("name", ["seal", "land_segment"])
def test_what_the_disk_refuses_of_one_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for source in ("a", "b"):
        acknowledge(tmp_path, line(source), source=source)
    real = getattr(landing, name)

    def broken(*given: object) -> object:
        if "segments/a/" in str(given):
            raise OSError(5, "Input/output error")
        return real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(landing, name, broken)
        with pytest.raises(CannotWrite, match=r"Segment a/.*tried again"):
            land_at(tmp_path, AS_OF)
        assert ids(tmp_path) == ["b"]
    land_at(tmp_path, AS_OF)
    assert ids(tmp_path) == ["b", "a"]
