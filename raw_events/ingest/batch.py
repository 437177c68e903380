"""The events of a file become the files of one batch: validated chunk by chunk, and written."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.errors import UnreadableFile
from raw_events.common.files import ParquetFolder
from raw_events.common.limits import limit_engine
from raw_events.common.text import shown
from raw_events.ingest.judging import Judging
from raw_events.log.entry import Batch
from raw_events.log.event_log import SCHEMA, EventLog
from raw_events.quarantine.file import QUARANTINE_SCHEMA, quarantined
from raw_events.readers import Chunk, Reader

Progress = Callable[[int, int], None]


class Fingerprint(Protocol):
    """What names a batch: FileFingerprint for a file, the position for a source (S-61)."""

    def check(self) -> None:
        """Raise AlreadyLanded if it is known by now that the batch has landed."""

    def batch_id(self) -> str:
        """The batch's name, asked after the last chunk. Raises AlreadyLanded."""


def write_batch(
    home: Path,
    reader: Reader,
    fingerprint: Fingerprint,
    file_name: str,
    source: str,
    as_of: datetime,
    progress: Progress | None = None,
) -> Batch:
    """Validate all events of a reader and write the files of the batch; nothing is committed.

    Raises AlreadyLanded as soon as the file is recognised.
    """
    log, judging = EventLog(home), Judging(home)
    by_reason: dict[str, int] = {}
    identity_like = ["customer_id", "event_type", "source", "received_at"]
    with (
        engine() as con,
        ParquetFolder(log.root, SCHEMA, identity_like) as accepted,
        ParquetFolder(
            home / "quarantine", QUARANTINE_SCHEMA, ["reason_code", "header"]
        ) as rejected,
        # Innermost: if the file turns out bad, its last write ends before its files are closed.
        ThreadPoolExecutor(1) as writing,
    ):
        # The next chunk is validated while the one before is written: both cores have work, and no
        # more than two chunks are in memory.
        pending: Future[None] | None = None
        for chunk in _chunks(reader, con, as_of, file_name):
            fingerprint.check()
            chunk = judging.chunk(con, chunk)
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
        schemas=judging.recorded(),
        reported=tuple(judging.sentences()),
    )


def _chunks(
    reader: Reader, con: duckdb.DuckDBPyConnection, as_of: datetime, file_name: str
) -> Iterator[Chunk]:
    """The chunks; a disk that cannot give the file away is a fault of the file, not of the log."""
    try:
        yield from reader.chunks(con, as_of)
    except OSError as error:
        raise UnreadableFile(
            f"{shown(file_name)} cannot be read: {error.strerror or error}. Nothing was landed; "
            "copy the file again and land it."
        ) from error


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
        rejected.write(quarantined(faults, chunk.raw, reader.format, reader.header, chunk.places))
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
