"""Whether a run has something to do, told from files alone: cheap enough to ask all the time."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from meterhouse.common.settings import collectors, own_metrics, seeds
from meterhouse.ledger.store import Ledger
from meterhouse.payments.log import payments_table
from meterhouse.payments.warehouse_rows import deliveries_table
from meterhouse.warehouse.forecast_log import forecast_log
from raw_events.collectors.due import is_due
from raw_events.collectors.folder import collector_files, open_source
from raw_events.collectors.source import Source
from raw_events.common.errors import LandingError
from raw_events.ingest.drop_folder import waiting_files
from raw_events.log.event_log import EventLog
from raw_events.segments.names import OPEN, SEALED, segments

Stamp = tuple[str, int, int]


@dataclass(frozen=True)
class Seen:
    """What a run was made of: versions of log, ledger, payments, deliveries and forecasts, and the
    files that people edit."""

    log_version: int
    ledger_version: int
    edited: tuple[Stamp, ...]
    payments_version: int = -1
    deliveries_version: int = -1
    forecasts_version: int = -1


def seen(home: Path) -> Seen:
    """How things stand now."""
    return Seen(
        EventLog(home).version(),
        Ledger(home).version(),
        tuple(_edited()),
        payments_table(home).version(),
        deliveries_table(home).version(),
        forecast_log(home).version(),
    )


def waits(home: Path, as_of: datetime) -> frozenset[Stamp]:
    """What there is to land: segments, files of the drop folder, sources that are due by name.

    What grew or was replaced since is another one.
    """
    # An open segment without content is nothing to land.
    opened = [it for it in _stamps(home, OPEN) if it[1]]
    files = [(str(path), state.st_size, state.st_mtime_ns) for path, state in waiting_files(home)]
    sources = _sources(collectors(), tuple(_stamped(collectors())))
    due = [(it.name, 0, 0) for it in sources if is_due(home, it, as_of)]
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


@lru_cache(maxsize=1)
def _sources(folder: Path | None, _: tuple[Stamp, ...]) -> list[Source]:
    """The collectors of a folder while its files are what they were; none of them is read here.

    To take a file apart costs a hundred times as much as to see that it did not change.
    """
    found = []
    for name in collector_files(folder):
        # One that cannot be read: the run that follows an edit of it says so.
        with suppress(LandingError):
            found.append(open_source(folder, name))
    return found


def _edited() -> Iterator[Stamp]:
    for folder in (seeds(), own_metrics(), collectors()):
        yield from _stamped(folder)


def _stamped(folder: Path | None) -> Iterator[Stamp]:
    for path in sorted(folder.rglob("*")) if folder else []:
        # One that an editor replaces at this moment is not there.
        if stamp := _stamp(path):
            yield stamp
