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
from raw_events.segments.names import OPEN, SEALED, segments

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


def waits(home: Path, as_of: datetime) -> frozenset[Stamp]:
    """What there is to land: segments, files of the drop folder, sources that are due by name.

    What grew or was replaced since is another one.
    """
    # An open segment without content is nothing to land.
    opened = [it for it in _stamps(home, OPEN) if it[1]]
    files = [(str(path), state.st_size, state.st_mtime_ns) for path, state in waiting_files(home)]
    names = [name for name in collector_files(collectors()) if _is_due(home, name, as_of)]
    due = [(name, 0, 0) for name in names]
    return frozenset([*_stamps(home, SEALED), *opened, *files, *due])


def _stamps(home: Path, state: str) -> list[Stamp]:
    found = (_stamp(segment.path) for segment in segments(home, state))
    return [it for it in found if it is not None]


def _stamp(path: Path) -> Stamp | None:
    try:
        state = path.stat()
    except FileNotFoundError:
        # Sealed meanwhile: then it is in the list of those the next time.
        return None
    return str(path), state.st_size, state.st_mtime_ns


def _is_due(home: Path, name: str, as_of: datetime) -> bool:
    try:
        return is_due(home, open_source(collectors(), name), as_of)
    except LandingError:
        # Its file cannot be read; the run that follows an edit of it says so.
        return False


def _edited() -> Iterator[Stamp]:
    for folder in (seeds(), own_metrics(), collectors()):
        for path in sorted(folder.rglob("*")) if folder else []:
            # One that an editor replaces at this moment is not there.
            if stamp := _stamp(path):
                yield stamp
