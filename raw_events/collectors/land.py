"""The records of a source become one batch, with the position in its entry (S-60, S-61).

The same validation, the same quarantine and the same files as for a file that is landed. Batch and
position are one entry of the log, so they move together or not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from deltalake.exceptions import DeltaError

from raw_events.collectors.errors import SourceError, Unreachable, is_fault
from raw_events.collectors.source import SourceBatch
from raw_events.common.budget import memory_fence
from raw_events.common.errors import LandingError, LogDamaged, SchemasDamaged
from raw_events.ingest.batch import write_batch
from raw_events.ingest.landing import checked_clock, disk_errors_explained
from raw_events.log.entry import Batch, LogEntry
from raw_events.log.event_log import EventLog
from raw_events.log.positions import Position, batch_name, move
from raw_events.readers import Chunk, Reader


def land_records(
    home: Path,
    source: str,
    batch: SourceBatch,
    before: Position | None,
    as_of: datetime,
) -> LogEntry | None:
    """Land what was read from `source` after the log's position `before`, as received at `as_of`.

    None if there was no record in it: nothing is recorded then, unless the batch says so. Raises
    PositionMoved if the log's position is not `before` any more, Unreachable and SourceError as the
    source's reader does, LandingError as landing.land_file does; then nothing was landed.
    """
    home, as_of = Path(home), checked_clock(home, as_of)
    with disk_errors_explained(f"A batch of {source} could not be landed"):
        with memory_fence(), source_faults(source):
            reader = _Worded(batch.reader, source)
            name = _Named(source, before, batch)
            made = write_batch(home, reader, name, batch.label, source, as_of)
        if not made.accepted + made.rejected and not batch.keep_empty:
            return None
        entry, _ = EventLog(home).append(replace(made, position=name.moved))
    return entry


def record_move(
    home: Path,
    source: str,
    before: Position | None,
    to: object,
    as_of: datetime,
    skipped: dict[str, str],
) -> LogEntry:
    """An entry without events that moves a source's position, because a person said so (S-66).

    `skipped`: {reason, skipped_by, what}. Raises PositionMoved, LandingError.
    """
    moved = move(source, before, to, skipped)
    batch = Batch(
        batch_id=batch_name(moved),
        file_name="skip",
        source=source,
        received_at=checked_clock(Path(home), as_of),
        accepted=0,
        rejected=0,
        rejected_by_reason={},
        position=moved,
    )
    with disk_errors_explained(f"That {source} goes on could not be recorded"):
        return EventLog(Path(home)).append(batch)[0]


class _Named:
    """Names the batch by its position; see ingest.batch.Fingerprint."""

    def __init__(self, source: str, before: Position | None, batch: SourceBatch):
        self._source, self._before, self._batch = source, before, batch
        self.moved = move(source, before, batch.to)

    def check(self) -> None:
        """A batch that was read from the log's position is not in the log."""

    def batch_id(self) -> str:
        """By where it begins and ends; asked when all of it was read."""
        self.moved = move(self._source, self._before, self._batch.to)
        return batch_name(self.moved)


class _Worded:
    """A reader whose errors are the source's, not those of a file."""

    def __init__(self, reader: Reader, source: str):
        self._reader, self._source = reader, source
        self.format, self.header, self.notes = reader.format, reader.header, reader.notes
        self.total = reader.total

    def chunks(self, con: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Chunk]:
        """See readers.chunk.Reader."""
        with source_faults(self._source, network=True):
            yield from self._reader.chunks(con, as_of)


@contextmanager
def source_faults(source: str, network: bool = False) -> Iterator[None]:
    """Turn what nobody foresaw in a source into a SourceError that names it (S-65).

    With `network` an OSError is the connection's, else it is the disk's and stays as it is.
    """
    try:
        yield
    except (LandingError, SchemasDamaged):
        raise
    except (ConnectionError, TimeoutError) as error:
        raise Unreachable(f"{source}: the connection failed ({error}).") from error
    except (OSError, DeltaError, LogDamaged, duckdb.IOException) as error:
        if not network:
            raise
        raise SourceError(
            f"{source}: it cannot be read ({error}). Nothing of this batch was landed."
        ) from error
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        raise SourceError(
            f"{source}: a batch of it needs more memory than one may (docs/operators.md). Nothing "
            "of that batch was landed; let it give less at once."
        ) from error
    except BaseException as error:
        if not is_fault(error):
            raise
        reason = str(error).strip()[:500]
        raise SourceError(
            f"{source}: a batch of it cannot be read ({type(error).__name__}: {reason}). Nothing "
            "of that batch was landed and its position stays; the cause is in the source or "
            "its collector."
        ) from error
