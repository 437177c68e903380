"""Segments become batches of the log, one each, and are removed when the log has them for good.

Killed anywhere, it is done again: a segment that has landed is recognised by its name and bytes,
and it is removed only after its entry is on the disk.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from raw_events.common.errors import CannotWrite, ClockWentBack, LandingError
from raw_events.common.files import sync_path
from raw_events.common.text import shown
from raw_events.ingest.landing import LandingReport, land_segment
from raw_events.log.event_log import EventLog
from raw_events.segments.names import FOLDER, OPEN, REFUSED, SEALED, Segment, segments
from raw_events.segments.seal import seal

# Beside the folder, like that of the drop folder.
LOCK = "segments.lock"


@dataclass
class LandedSegments:
    """What one look at the segments did; `lines` say for people what went wrong."""

    reports: list[LandingReport] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """In numbers; empty if there was nothing to do."""
        if not (self.reports or self.refused):
            return {}
        counts = {
            "segments": len(self.reports),
            "accepted over HTTP": sum(report.accepted for report in self.reports),
            "rejected over HTTP": sum(report.rejected for report in self.reports),
        }
        return counts | ({"refused segments": len(self.refused)} if self.refused else {})


def land_segments(
    home: Path,
    as_of: Callable[[], datetime],
    now: Callable[[], datetime],
    is_stopped: Callable[[], bool] = lambda: False,
) -> LandedSegments:
    """Seal every segment, and land those that were acknowledged by `as_of()`, asked for each.

    `now` is the machine's clock, which segments are sealed by. What was acknowledged after an
    `as_of` of the past was not there at that moment, so it waits. Between two segments
    `is_stopped()` is asked. One that cannot be read is kept under another name, named, and tried
    again at the next look; the others go on. Raises ClockWentBack if `as_of` is too early for the
    log (S-4), CannotWrite, after the others, if the disk refuses, OSError, LogDamaged: nothing is
    lost then.
    """
    result = LandedSegments()
    if not (Path(home) / FOLDER).is_dir():
        return result
    with _one_at_a_time(Path(home)):
        broken: CannotWrite | None = None
        for open_segment in segments(home, OPEN):
            try:
                seal(open_segment.path, now())
            except OSError as error:
                broken = broken or _not_done(open_segment, "sealed", error)
        # Those that could not be read, again: no memory, no right, a disk that is back by now.
        for segment in (*segments(home, SEALED), *segments(home, SEALED + REFUSED)):
            if is_stopped():
                break
            # Asked first: `as_of` may be the same clock, which goes on meanwhile.
            clock = now()
            moment = as_of()
            # A name from a clock that was wrong must not wait until the clock is there again.
            if moment < min(segment.at, clock):
                continue
            try:
                _land(Path(home), segment, moment, result)
            except CannotWrite as error:
                broken = broken or error
            except OSError as error:
                broken = broken or _not_done(segment, "landed", error)
        if broken:
            raise broken
    return result


def _land(home: Path, segment: Segment, as_of: datetime, result: LandedSegments) -> None:
    name = segment.path.name.removesuffix(REFUSED)
    try:
        report = land_segment(home, segment.path, name, segment.source, as_of)
    except (ClockWentBack, CannotWrite):
        raise
    except LandingError as error:
        aside = segment.path.with_name(name + REFUSED)
        try:
            segment.path.rename(aside)
        except FileNotFoundError:
            result.refused.append(name)
            result.lines.append(
                f"segment {segment.source}/{shown(name)} is gone: it was there when landing began, "
                "and nothing but landing may remove it. What was acknowledged in it is not in the "
                "log; bring the file back from a backup, and the next landing takes it"
            )
            return
        result.refused.append(aside.name)
        result.lines.append(
            f"refused segment {segment.source}/{shown(aside.name)}: {error} It is kept in "
            f"{FOLDER}/ and tried again at every landing"
        )
        return
    if report.already_landed:
        # Whoever wrote the entry may have been killed before the disk had it.
        log = EventLog(home)
        sync_path(log.entry_path(report.log_version))
        sync_path(log.folder)
    result.reports.append(report)
    _remove(segment)


def _not_done(segment: Segment, what: str, error: OSError) -> CannotWrite:
    return CannotWrite(
        f"Segment {segment.source}/{shown(segment.path.name)} could not be {what} ({error}). The "
        "others go on; it is tried again at every landing."
    )


def _remove(segment: Segment) -> None:
    segment.path.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    with (home / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
