"""Retraction: landed events are taken back by their ids (S-51).

It is an entry of the log of its own, with the ids in a file that the entry names, so a version of
the log says for ever what had been taken back by then. Events with these ids that landed before it
count as never sent; they stay in the log. What lands later with such an id is a first again (S-8).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from raw_events.common.errors import LogMoved, RetractionError
from raw_events.common.files import ParquetFolder
from raw_events.ingest.batch import engine
from raw_events.ingest.landing import checked_clock, disk_errors_explained
from raw_events.log.entry import Batch
from raw_events.log.event_log import EventLog
from raw_events.log.retractions import FOLDER, RETRACTED_SCHEMA, Retraction, retractions

SOURCE = "retraction"
# Lost only to somebody else's entry that came first.
_ATTEMPTS = 200

_EVENTS = """
    select ids.transaction_id, files.log_version, raw.position
    from read_parquet($paths, filename = true) as raw
    inner join ids on raw.transaction_id = ids.transaction_id
    inner join files on raw.filename = files.path
    order by all
"""


@dataclass(frozen=True)
class RetractedId:
    """What became of an id: `landed` events have it in all, `taken_back` of them just now."""

    transaction_id: str
    landed: int
    taken_back: int


@dataclass(frozen=True)
class RetractionReport:
    """One row per id, as asked. `log_version` is null if there was nothing to take back."""

    ids: tuple[RetractedId, ...]
    log_version: int | None = None


def retract(
    home: Path, ids: Sequence[str], reason: str, retracted_by: str, as_of: datetime
) -> RetractionReport:
    """Take back the landed events with these ids, as of `as_of` (S-51).

    An id without events that count is not recorded: the same call again records nothing. Raises
    RetractionError if there is no id or no reason, LandingError as landing.land_file does.
    """
    asked = tuple(dict.fromkeys(ids))
    if not asked:
        raise RetractionError("Name the transaction ids of the events to take back.")
    if not reason.strip():
        raise RetractionError("A reason is needed (--reason TEXT): it stays in the log.")
    as_of = checked_clock(home, as_of)
    log = EventLog(home)
    with disk_errors_explained("The retraction was not recorded"):
        for _ in range(_ATTEMPTS):
            version = log.version()
            events = _events(log, asked, version)
            counted = _still_counted(events, retractions(log, up_to=version))
            report = _report(asked, events, counted)
            if not counted:
                return report
            try:
                return _record(log, version, report, counted, reason, retracted_by, as_of)
            except LogMoved:
                # What landed meanwhile may have one of these ids.
                continue
    raise RetractionError(
        f"{_ATTEMPTS} other entries were landed before this one got its turn. Nothing was taken "
        "back; do the same again."
    )


def _events(log: EventLog, ids: Sequence[str], version: int) -> list[tuple[str, int, int]]:
    """(id, log version, position) of the landed events with these ids, in the order of ids."""
    files = [
        (f"{log.root}/{entry.path}", entry.version)
        for entry in log.entries(-1, version)
        if entry.path
    ]
    if not files:
        return []
    paths, versions = map(list, zip(*files, strict=True))
    with engine() as con:
        con.register("ids", pa.table({"transaction_id": pa.array(ids, pa.string())}))
        con.register("files", pa.table({"path": paths, "log_version": versions}))
        try:
            return con.execute(_EVENTS, {"paths": paths}).fetchall()
        except duckdb.Error as error:
            raise RetractionError(
                f"The event log cannot be read ({error}), so nothing was taken back. "
                "meterhouse verify says which file is damaged; restore it from a backup."
            ) from error


def _still_counted(
    events: list[tuple[str, int, int]], before: list[Retraction]
) -> list[tuple[str, int, int]]:
    """The events that no earlier retraction took back."""
    latest = {id: each.log_version for each in before for id in each.events}
    return [event for event in events if event[1] > latest.get(event[0], -1)]


def _report(
    ids: Sequence[str], events: list[tuple[str, int, int]], counted: list[tuple[str, int, int]]
) -> RetractionReport:
    landed, taken = (_by_id(rows) for rows in (events, counted))
    return RetractionReport(
        tuple(RetractedId(id, landed.get(id, 0), taken.get(id, 0)) for id in ids)
    )


def _by_id(events: list[tuple[str, int, int]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for id, *_ in events:
        counts[id] = counts.get(id, 0) + 1
    return counts


def _record(
    log: EventLog,
    version: int,
    report: RetractionReport,
    counted: list[tuple[str, int, int]],
    reason: str,
    retracted_by: str,
    as_of: datetime,
) -> RetractionReport:
    # Named by the events themselves: an id that was sent again can be taken back again.
    batch_id = hashlib.sha256(f"retraction\n{sorted(counted)}".encode()).hexdigest()
    taken = sorted((id.transaction_id, id.taken_back) for id in report.ids if id.taken_back)
    with ParquetFolder(log.root / FOLDER, RETRACTED_SCHEMA, []) as writing:
        writing.write(pa.table([*map(list, zip(*taken, strict=True))], schema=RETRACTED_SCHEMA))
        file = writing.finish(batch_id[:16])
    assert file is not None, "a retraction without an id is not recorded"
    entry, _ = log.append(
        Batch(
            batch_id=batch_id,
            file_name="",
            source=SOURCE,
            received_at=as_of,
            accepted=0,
            rejected=0,
            rejected_by_reason={},
            retraction={
                "path": f"{FOLDER}/{file.path.name}",
                "sha256": file.sha256,
                "rows": file.rows,
                "events": len(counted),
                "reason": reason.strip(),
                "retracted_by": retracted_by,
            },
        ),
        after=version,
    )
    return RetractionReport(report.ids, entry.version)
