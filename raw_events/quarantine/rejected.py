"""Rejected events as they stand: what is in the quarantine, and what became of each (S-7).

A row of a file in quarantine/ counts if the log has the entry that names the file. It is
`replayed` if the log has a batch that took it (so nothing has to be written after that batch's
entry), else `waived` if somebody said why it may stay, else `open`.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from raw_events.common.errors import QuarantineError
from raw_events.common.files import file_sha256
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog
from raw_events.quarantine.file import QUARANTINE_SCHEMA

STATUSES = ("open", "replayed", "waived")

_SELECT = """
with rejected as (
    select
        substr(batches.batch_id, 1, 12) || '-' || stored.line_number as id,
        batches.*,
        stored.* exclude (filename),
        case
            when taken.taken_in is not null then 'replayed'
            when waivers.reason is not null then 'waived'
            else 'open'
        end as status,
        coalesce('log version ' || taken.taken_in, waivers.reason) as note
    from read_parquet($files, filename = true) as stored
    inner join batches on stored.filename = batches.file
    left join taken
        on batches.batch_id = taken.batch_id and stored.line_number = taken.line_number
    left join waivers
        on batches.batch_id = waivers.batch_id and stored.line_number = waivers.line_number
)

select * exclude (file)
from rejected
where ($status is null or status = $status)
    and ($ids is null or id in (select unnest($ids)))
    and ($reason_code is null or reason_code = $reason_code)
    and ($source is null or source = $source)
    and ($file is null or file_name = $file or starts_with(batch_id, $file))
order by log_version, line_number
"""


@dataclass(frozen=True)
class Selection:
    """Which rejected events: all conditions that are given hold.

    `file` is the name of the file that was landed, or the beginning of its batch id; `status` one
    of STATUSES, None for all.
    """

    ids: tuple[str, ...] | None = None
    reason_code: str | None = None
    source: str | None = None
    file: str | None = None
    status: str | None = "open"


@dataclass(frozen=True)
class RejectedEvent:
    """One rejected event. `raw` are its bytes, `note` says which log version has it or why it is
    waived."""

    id: str
    status: str
    reason_code: str
    reason: str
    raw: bytes
    line_number: int
    file_name: str
    source: str
    received_at: datetime
    batch_id: str
    log_version: int
    note: str | None


def select_rejected(
    home: Path, selection: Selection, limit: int | None = None, with_raw: bool = True
) -> pa.Table:
    """Rejected events as an Arrow table in the order of the log (version, line).

    Columns: id, batch_id, log_version, file_name, source, received_at, line_number, reason_code,
    reason, raw (if `with_raw`), format, header, status, note. Raises
    QuarantineError for a file that is missing.
    """
    log = EventLog(home)
    folder = log.home / "quarantine"
    entries = log.entries(-1, log.version())
    batches = [entry for entry in entries if entry.quarantine]
    files = [str(folder / entry.quarantine["path"]) for entry in batches if entry.quarantine]
    missing = [file for file in files if not Path(file).exists()]
    if missing:
        raise QuarantineError(f"{missing[0]} is missing; restore it from a backup (S-7).")
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'").fetchall()
        con.register("batches", _batches(batches, files))
        con.register("taken", _taken(folder, entries))
        con.register("waivers", _waivers(folder))
        parameters = {
            "files": files,
            "ids": list(selection.ids) if selection.ids is not None else None,
            "status": selection.status,
            "reason_code": selection.reason_code,
            "source": selection.source,
            "file": selection.file,
        }
        query = _SELECT + (f"limit {int(limit)}" if limit is not None else "")
        if not with_raw:
            query = query.replace("* exclude (file)", "* exclude (file, raw)")
        if not files:
            query = query.replace("read_parquet($files, filename = true)", "nothing")
            del parameters["files"]
            con.register("nothing", _no_rows())
        return con.sql(query, params=parameters).to_arrow_table()


def as_events(table: pa.Table) -> list[RejectedEvent]:
    """Rows of select_rejected as objects."""
    names = RejectedEvent.__dataclass_fields__
    return [
        RejectedEvent(**{name: row[name] for name in names})
        for row in table.select(list(names)).to_pylist()
    ]


def chosen(home: Path, selection: Selection) -> pa.Table:
    """As select_rejected, of files that are what was kept.

    Raises QuarantineError if one is not, or if an id, or everything, is missing.
    """
    _check_files(EventLog(home))
    table = select_rejected(home, selection)
    if selection.ids is not None:
        absent = sorted(set(selection.ids) - set(table["id"].to_pylist()))
        if absent:
            raise QuarantineError(_absent(home, absent[0], selection.status))
    if not len(table):
        raise QuarantineError("There are no such events in the quarantine.")
    return table


def _check_files(log: EventLog) -> None:
    """A Parquet file with a flipped bit is read without an error; it must not land as an event."""
    for entry in log.entries(-1, log.version()):
        for kept in filter(None, (entry.quarantine, entry.replay)):
            path = log.home / "quarantine" / kept["path"]
            if path.is_file() and file_sha256(path) != kept["sha256"]:
                raise QuarantineError(
                    f"{path} is not as it was written. Restore it from a backup (S-7); nothing was "
                    "done. meterhouse verify reads all files."
                )


def _absent(home: Path, id: str, status: str | None) -> str:
    found = as_events(select_rejected(home, Selection(ids=(id,), status=None)))
    if not found:
        return f"{id} is not in the quarantine. See the ids: meterhouse quarantine list"
    return f"{id} is not {status}: it is {found[0].status} ({found[0].note})."


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Only one process at a time changes what becomes of rejected events; a killed one lets go."""
    folder = Path(home) / "quarantine"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _batches(entries: list[LogEntry], files: list[str]) -> pa.Table:
    return pa.table(
        {
            "file": pa.array(files, pa.string()),
            "batch_id": pa.array([entry.batch_id for entry in entries], pa.string()),
            "log_version": pa.array([entry.version for entry in entries], pa.int64()),
            "file_name": pa.array([entry.file_name for entry in entries], pa.string()),
            "source": pa.array([entry.source for entry in entries], pa.string()),
            "received_at": pa.array(
                [entry.received_at.astimezone(UTC) for entry in entries],
                pa.timestamp("us", "UTC"),
            ),
        }
    )


TAKEN_SCHEMA = pa.schema({"batch_id": pa.string(), "line_number": pa.int64()})
WAIVER_SCHEMA = pa.schema(
    {
        "batch_id": pa.string(),
        "line_number": pa.int64(),
        "reason": pa.string(),
        "waived_at": pa.timestamp("us", "UTC"),
    }
)


def _taken(folder: Path, entries: list[LogEntry]) -> pa.Table:
    tables = [pa.table([[], [], []], TAKEN_SCHEMA.append(pa.field("taken_in", pa.int64())))]
    for entry in entries:
        if entry.replay:
            table = _read(folder / entry.replay["path"])
            version = pa.repeat(pa.scalar(entry.version, pa.int64()), len(table))
            tables.append(table.append_column("taken_in", version))
    return pa.concat_tables(tables)


def _waivers(folder: Path) -> pa.Table:
    tables = [WAIVER_SCHEMA.empty_table()]
    tables += [_read(path) for path in sorted(folder.glob("waived-*.parquet"))]
    together = pa.concat_tables(tables).sort_by("waived_at")
    # Waived twice: the first reason stands.
    return (
        together.group_by(["batch_id", "line_number"], use_threads=False)
        .aggregate([("reason", "first")])
        .rename_columns(["batch_id", "line_number", "reason"])
    )


def _read(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise QuarantineError(
            f"{path} cannot be read: {error}; restore it from a backup."
        ) from error


def _no_rows() -> pa.Table:
    return QUARANTINE_SCHEMA.append(pa.field("filename", pa.string())).empty_table()
