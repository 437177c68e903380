"""Landing: a file of events becomes one batch, that is one entry of the log.

    read and validate in chunks  →  accepted: raw_events/<batch>-<digest>.parquet
                                 rejected: quarantine/<batch>-<digest>.parquet
    then one entry names both: before it nothing has happened, after it everything has.

Every way in ends here (S-60). A batch is named by the SHA-256 of the file's bytes, so the same file
is recognised under any name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
from deltalake.exceptions import DeltaError

from raw_events.common.budget import memory_fence
from raw_events.common.errors import (
    CannotWrite,
    ClockWentBack,
    LandingError,
    LogDamaged,
    SchemasDamaged,
    UnreadableFile,
)
from raw_events.common.source_file import SourceFile
from raw_events.common.text import shown
from raw_events.ingest.batch import Progress, write_batch
from raw_events.ingest.file_fingerprint import AlreadyLanded, FileFingerprint
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.readers import Reader, open_reader
from raw_events.readers.ndjson import NdjsonReader
from raw_events.readers.text import TRUNCATED

DEFAULT_SOURCE = "files"
_ASKED_TOGETHER = timedelta(seconds=1)


@dataclass(frozen=True)
class LandingReport:
    """What became of a file. A file landed before has no accepted and no rejected events here.

    `log_version` is the version with the batch in it; `notes` are sentences worth showing; `size`
    is that of the file in bytes.
    """

    path: Path
    batch_id: str
    accepted: int
    rejected: int
    already_landed: bool
    log_version: int
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    size: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether the file ended early: what is whole in it was landed, and the rest is to come."""
        return TRUNCATED in self.notes

    def cut_off(self) -> list[str]:
        """In a sentence what was read of a file that ended early; nothing for a whole one."""
        counts = f"accepted {self.accepted:,}, rejected {self.rejected:,}"
        return [f"{shown(self.path.name)}: {counts}. {TRUNCATED}"] if self.is_cut else []


def land_file(
    home: Path,
    path: Path,
    source: str | None,
    as_of: datetime,
    progress: Progress | None = None,
    alone: bool = False,
) -> LandingReport:
    """Land a file of events as received at `as_of`, from `source` (default `files`).

    `progress(done, total)` is called after each chunk, in bytes (rows for Parquet). With `alone` a
    link is refused (S-67). Raises LandingError in the user's words if the file as a whole cannot be
    taken, whatever is wrong with it, or if `as_of` is before the latest of the log (S-4); then
    nothing was landed.
    """
    as_of = checked_clock(Path(home), as_of)
    file = SourceFile(Path(path), alone)
    source = source or DEFAULT_SOURCE
    return _land(Path(home), file, partial(open_reader, file), source, as_of, progress)


def land_segment(home: Path, path: Path, name: str, source: str, as_of: datetime) -> LandingReport:
    """Land a sealed segment of the HTTP server (S-62), as land_file does a file.

    `name` is what it was sealed as. It is part of what the batch is named by: two segments of the
    same bytes are two batches. A backup may have given the file a second name.
    The age of its events was judged when each was acknowledged, and is not judged again.
    """
    as_of = checked_clock(home, as_of)
    file = SourceFile(path, alone=True, may_have_names=True)
    salt = f"segment {name}\n".encode()
    reader = partial(NdjsonReader, file, is_gzip=False, is_judged=True)
    return _land(home, file, reader, source, as_of, salt=salt)


def _land(
    home: Path,
    file: SourceFile,
    opened: Callable[[], Reader],
    source: str,
    as_of: datetime,
    progress: Progress | None = None,
    salt: bytes = b"",
) -> LandingReport:
    path, log = file.path, EventLog(home)
    explained = disk_errors_explained(f"{path} could not be landed")
    try:
        with explained, FileFingerprint(log, file, salt) as fingerprint:
            try:
                fingerprint.check()
                with memory_fence(), faults_explained(path):
                    reader = opened()
                    batch = write_batch(
                        home, reader, fingerprint, file.name, source, as_of, progress
                    )
                file.check_unchanged()
                entry, is_new = log.append(batch)
            except Exception:
                # What has landed needs no reader and no room on the disk.
                fingerprint.batch_id()
                raise
    except AlreadyLanded as known:
        return _already_landed(file, known.entry)
    if not is_new:
        return _already_landed(file, entry)
    return LandingReport(
        path=path,
        batch_id=batch.batch_id,
        accepted=entry.accepted,
        rejected=entry.rejected,
        already_landed=False,
        log_version=entry.version,
        rejected_by_reason=entry.rejected_by_reason,
        notes=(*reader.notes, *batch.reported),
        size=file.size,
    )


@contextmanager
def faults_explained(path: Path) -> Iterator[None]:
    """Turn what nobody foresaw in a file into an UnreadableFile; what the disk did stays as it is.

    A file never stops the others (S-67), also where the fault is in the reader.
    """
    try:
        yield
    except (
        LandingError,
        AlreadyLanded,
        LogDamaged,
        SchemasDamaged,
        OSError,
        DeltaError,
        duckdb.IOException,
    ):
        raise
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        raise UnreadableFile(
            f"{path}: reading it needs more memory than one file may (docs/operators.md). Nothing "
            "was landed; split it, or send the events as JSON lines."
        ) from error
    except Exception as error:
        reason = str(error).strip()[:500]
        raise UnreadableFile(
            f"{path} cannot be read ({type(error).__name__}: {reason}). Nothing was landed; send "
            "the events in another form, and report this file: it should be refused in plain words."
        ) from error


@contextmanager
def disk_errors_explained(what: str) -> Iterator[None]:
    """Turn what a full or broken disk raises into a CannotWrite that begins with `what`."""
    try:
        yield
    except (OSError, DeltaError, duckdb.IOException) as error:
        raise CannotWrite(
            f"{what}: {error}. Nothing of it is in the log, or all of it; when the cause is gone, "
            "do the same again: what is landed is recognised."
        ) from error


def checked_clock(home: Path, as_of: datetime) -> datetime:
    """`as_of` in UTC. Raises ClockWentBack if the log has a later one (S-4).

    One that is later by less than a second came from another process, which asked the same clock at
    the same time and was faster: its moment is taken.
    """
    if as_of.tzinfo is None:
        raise ClockWentBack(f"as_of {as_of.isoformat()} has no zone; write 2025-01-31T00:00:00Z.")
    latest = EventLog(home).latest_as_of()
    if latest is not None and latest - _ASKED_TOGETHER < as_of < latest:
        return latest.astimezone(UTC)
    if latest is not None and as_of < latest:
        raise ClockWentBack(
            f"as_of {as_of.isoformat()} is too early: the latest batch of the event log was landed "
            f"as of {latest.isoformat()}, and time does not go back (S-4). Nothing was landed; use "
            "that instant or a later one."
        )
    return as_of.astimezone(UTC)


def _already_landed(file: SourceFile, entry: LogEntry) -> LandingReport:
    return LandingReport(file.path, entry.batch_id, 0, 0, True, entry.version, size=file.size)
