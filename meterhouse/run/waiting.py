"""Whether a run has something to do, told from files alone: cheap enough to ask all the time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterhouse.common.settings import collectors, own_metrics, seeds
from meterhouse.ledger.store import Ledger
from raw_events.collectors.collect import is_due
from raw_events.collectors.folder import collector_files, open_source
from raw_events.common.errors import LandingError
from raw_events.ingest.drop_folder import waiting_files
from raw_events.log.event_log import EventLog
from raw_events.segments.names import OPEN, SEALED, Segment, segments

Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Seen:
    """What a run was made of: versions of log and ledger, and the files that people edit."""

    log_version: int
    ledger_version: int
    edited: tuple[Stamp, ...]


def seen(home: Path) -> Seen:
    """How things stand now."""
    return Seen(EventLog(home).version(), Ledger(home).version(), tuple(_edited()))


def waits(home: Path, as_of: datetime) -> bool:
    """Whether there is something to land: in segments, in the drop folder, in a source due."""
    return (
        bool(segments(home, SEALED))
        or any(map(_has_content, segments(home, OPEN)))
        or bool(waiting_files(home))
        or any(_is_due(home, name, as_of) for name in collector_files(collectors()))
    )


def _has_content(segment: Segment) -> bool:
    try:
        return bool(segment.path.stat().st_size)
    except FileNotFoundError:
        # Sealed meanwhile: then it is in the list of those the next time.
        return False


def _is_due(home: Path, name: str, as_of: datetime) -> bool:
    try:
        return is_due(home, open_source(collectors(), name), as_of)
    except LandingError:
        # Its file cannot be read; the run that follows an edit of it says so.
        return False


def _edited() -> Iterator[Stamp]:
    for folder in (seeds(), own_metrics(), collectors()):
        for path in sorted(folder.rglob("*")) if folder else []:
            try:
                state = path.stat()
            except FileNotFoundError:
                # An editor replaces it at this moment.
                continue
            yield str(path), state.st_size, state.st_mtime_ns
