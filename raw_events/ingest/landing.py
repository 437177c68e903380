"""Landing: a file of events becomes one batch, that is one entry of the log.

    read and validate in chunks  →  accepted: raw_events/<batch>-<digest>.parquet
                                 rejected: quarantine/<batch>-<digest>.parquet
    then one entry names both: before it nothing has happened, after it everything has.

Every way in ends here (S-60). A batch is named by the SHA-256 of the file's bytes, so the same file
is recognised under any name.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from raw_events.common.errors import ClockWentBack, LandingError
from raw_events.common.files import ParquetFolder
from raw_events.common.limits import limit_engine
from raw_events.ingest.file_fingerprint import AlreadyLanded, FileFingerprint
from raw_events.log.entry import Batch, LogEntry
from raw_events.log.event_log import SCHEMA, EventLog
from raw_events.quarantine.file import QUARANTINE_SCHEMA, quarantined
from raw_events.readers import Chunk, Reader, open_reader

DEFAULT_SOURCE = "files"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class LandingReport:
    """What became of a file. A file landed before has no accepted and no rejected events here.

    `log_version` is the version with the batch in it; `notes` are sentences worth showing.
    """

    path: Path
    batch_id: str
    accepted: int
    rejected: int
    already_landed: bool
    log_version: int
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def land_file(
    home: Path,
    path: Path,
    source: str | None,
    as_of: datetime,
    progress: Progress | None = None,
) -> LandingReport:
    """Land a file of events as received at `as_of`, from `source` (default `files`).

    `progress(done, total)` is called after each chunk, in bytes (rows for Parquet). Raises
    LandingError in the user's words if the file as a whole cannot be taken, or if `as_of` is
    before the latest of the log (S-4); then nothing was landed.
    """
    home, path, source = Path(home), Path(path), source or DEFAULT_SOURCE
    as_of = checked_clock(home, as_of)
    _check_file(path)
    log = EventLog(home)
    explained = disk_errors_explained(f"{path} could not be landed")
    try:
        with explained, FileFingerprint(log, path) as fingerprint:
            try:
                fingerprint.check()
                reader = open_reader(path)
                batch = write_batch(home, reader, fingerprint, path.name, source, as_of, progress)
                fingerprint.check_unchanged()
                entry, is_new = log.append(batch)
            except Exception:
                # What has landed needs no reader and no room on the disk.
                fingerprint.batch_id()
                raise
    except AlreadyLanded as known:
        return _already_landed(path, known.entry)
    if not is_new:
        return _already_landed(path, entry)
    return LandingReport(
        path=path,
        batch_id=batch.batch_id,
        accepted=entry.accepted,
        rejected=entry.rejected,
        already_landed=False,
        log_version=entry.version,
        rejected_by_reason=entry.rejected_by_reason,
        notes=tuple(reader.notes),
    )


@contextmanager
def disk_errors_explained(what: str) -> Iterator[None]:
    """Turn what a full or broken disk raises into a LandingError that begins with `what`."""
    try:
        yield
    except (OSError, DeltaError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise LandingError(
            f"{what}: {error}. Nothing of it is in the log, or all of it; when the cause is gone, "
            "do the same again: what is landed is recognised."
        ) from error


def checked_clock(home: Path, as_of: datetime) -> datetime:
    """`as_of` in UTC. Raises ClockWentBack if the log has a later one (S-4)."""
    if as_of.tzinfo is None:
        raise ClockWentBack(f"as_of {as_of.isoformat()} has no zone; write 2025-01-31T00:00:00Z.")
    latest = EventLog(home).latest_as_of()
    if latest is not None and as_of < latest:
        raise ClockWentBack(
            f"as_of {as_of.isoformat()} is too early: the latest batch of the event log was landed "
            f"as of {latest.isoformat()}, and time does not go back (S-4). Nothing was landed; use "
            "that instant or a later one."
        )
    return as_of.astimezone(UTC)


def write_batch(
    home: Path,
    reader: Reader,
    fingerprint: FileFingerprint,
    file_name: str,
    source: str,
    as_of: datetime,
    progress: Progress | None = None,
) -> Batch:
    """Validate all events of a reader and write the files of the batch; nothing is committed.

    Raises AlreadyLanded as soon as the file is recognised.
    """
    log = EventLog(home)
    by_reason: dict[str, int] = {}
    identity_like = ["customer_id", "event_type", "source", "received_at"]
    with (
        engine() as con,
        ThreadPoolExecutor(1) as writing,
        ParquetFolder(log.root, SCHEMA, identity_like) as accepted,
        ParquetFolder(
            home / "quarantine", QUARANTINE_SCHEMA, ["reason_code", "header"]
        ) as rejected,
    ):
        # The next chunk is validated while the one before is written: both cores have work, and no
        # more than two chunks are in memory.
        pending: Future[None] | None = None
        for chunk in reader.chunks(con, as_of):
            fingerprint.check()
            if pending:
                pending.result()
            pending = writing.submit(
                _write_chunk, chunk, reader, source, as_of, accepted, rejected, by_reason
            )
            if progress:
                progress(chunk.done, reader.total)
        if pending:
            pending.result()
        batch_id = fingerprint.batch_id()
        events, kept = accepted.finish(batch_id[:16]), rejected.finish(batch_id[:16])
    return Batch(
        batch_id=batch_id,
        file_name=file_name,
        source=source,
        received_at=as_of,
        accepted=accepted.rows,
        rejected=rejected.rows,
        rejected_by_reason=dict(sorted(by_reason.items())),
        path=events.path.name if events else None,
        sha256=events.sha256 if events else None,
        size=events.size if events else 0,
        quarantine={"path": kept.path.name, "sha256": kept.sha256, "rows": kept.rows}
        if kept
        else None,
    )


def _write_chunk(
    chunk: Chunk,
    reader: Reader,
    source: str,
    as_of: datetime,
    accepted: ParquetFolder,
    rejected: ParquetFolder,
    by_reason: dict[str, int],
) -> None:
    is_rejected = pc.is_valid(chunk.validated["reason"])
    if len(chunk.raw):
        faults = chunk.validated.filter(is_rejected)
        rejected.write(quarantined(faults, chunk.raw, reader.format, reader.header))
        for count in faults["reason"].value_counts().to_pylist():
            by_reason[count["values"]] = by_reason.get(count["values"], 0) + count["counts"]
        events = chunk.validated.filter(pc.invert(is_rejected))
    else:
        events = chunk.validated
    if len(events):
        accepted.write(log_rows(events, source, as_of, accepted.rows))


def log_rows(events: pa.Table, source: str | pa.Array, as_of: datetime, position: int) -> pa.Table:
    """Validated events as rows of the log, the first at `position` of its batch."""
    rows = len(events)
    instants = events["instant"].cast(pa.timestamp("us", "UTC"))
    received = pa.scalar(as_of, pa.timestamp("us", "UTC"))
    columns = {
        **{name: events[name] for name in SCHEMA.names if name in events.column_names},
        "timestamp": instants,
        "source": pa.repeat(source, rows) if isinstance(source, str) else source,
        "received_at": pa.repeat(received, rows),
        "position": pa.array(np.arange(position, position + rows)),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def engine() -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, for validation."""
    con = duckdb.connect()
    limit_engine(con)
    con.execute("set timezone = 'UTC'").fetchall()
    # Chunks fit into memory; files of its own beside the caller's would be a surprise.
    con.execute("set temp_directory = ''").fetchall()
    return con


def _already_landed(path: Path, entry: LogEntry) -> LandingReport:
    return LandingReport(path, entry.batch_id, 0, 0, True, entry.version)


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise LandingError(f"{path} is a folder; name the files in it.")
    if not path.exists():
        raise LandingError(f"{path} does not exist. Check the path.")
    if not path.is_file():
        raise LandingError(f"{path} is not a regular file; copy its content into one first.")
    if not os.access(path, os.R_OK):
        raise LandingError(f"{path} cannot be read: permission denied.")
    if path.stat().st_size == 0:
        raise LandingError(f"{path} is empty: there is no event in it.")
