"""The quarantine: look at rejected events, take them out of it, or say why they may stay (S-7)."""

import dataclasses
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from raw_events.common.errors import QuarantineError
from raw_events.common.files import ParquetFolder, replaced_file
from raw_events.log.event_log import EventLog
from raw_events.quarantine.rejected import (
    WAIVER_SCHEMA,
    RejectedEvent,
    Selection,
    alone,
    as_events,
    chosen,
    select_rejected,
)
from raw_events.quarantine.replay import ReplayReport, ids_beside, replay

__all__ = [
    "RejectedEvent",
    "ReplayReport",
    "Selection",
    "count_rejected",
    "export",
    "list_rejected",
    "rejected_counts",
    "replay",
    "show",
    "waive",
]


def list_rejected(
    home: Path, selection: Selection | None = None, limit: int | None = None
) -> list[RejectedEvent]:
    """Rejected events (by default the open ones) in the order of the log."""
    return as_events(select_rejected(home, selection or Selection(), limit))


def count_rejected(home: Path, selection: Selection | None = None) -> list[tuple[Any, ...]]:
    """Rows (file name, source, received at, reason code, status, events), by log version."""
    table = select_rejected(home, selection or Selection(), with_raw=False)
    keys = ["log_version", "file_name", "source", "received_at", "reason_code", "status"]
    counts = table.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    counts = counts.sort_by([(key, "ascending") for key in keys])
    return [tuple(row.values())[1:] for row in counts.select([*keys, "count_all"]).to_pylist()]


def show(home: Path, id: str) -> RejectedEvent:
    """One rejected event, whatever became of it. Raises QuarantineError if there is none."""
    return as_events(chosen(home, Selection(ids=(id,), status=None)))[0]


def export(home: Path, path: Path, selection: Selection | None = None) -> int:
    """Write rejected events to a file to be corrected, as they came, and return how many.

    Their ids go to `<path>.ids`, one a line in the same order, for a replay from the corrected
    file. Raises QuarantineError if there are none, or if they do not fit into one file.
    """
    path, table = Path(path), chosen(home, selection or Selection())
    kinds = set(zip(table["format"].to_pylist(), table["header"].to_pylist(), strict=True))
    if len(kinds) > 1:
        raise QuarantineError(
            "These events come from files of different kinds (JSON lines, or CSV with different "
            "headers), which one file cannot hold. Export one file's at a time."
        )
    kind, header = kinds.pop()
    wanted = ".csv" if kind == "csv" else ".ndjson"
    if path.suffix != wanted:
        raise QuarantineError(f"These events are {kind}: name the file {path.stem}{wanted}.")
    lines = [header.encode()] if header is not None else []
    # A record of a stream may go over several lines; between JSON's tokens a space says the same.
    raw = table["raw"].to_pylist()
    lines += [it.replace(b"\n", b" ") for it in raw] if kind != "csv" else raw
    with replaced_file(path) as temporary:
        temporary.write_bytes(b"".join(line + b"\n" for line in lines))
    with replaced_file(ids_beside(path)) as temporary:
        temporary.write_text("".join(f"{id}\n" for id in table["id"].to_pylist()))
    return len(table)


def waive(home: Path, selection: Selection, reason: str, as_of: datetime) -> int:
    """Mark open rejected events as settled without landing; the reason stays with them for ever.

    Returns how many. Raises QuarantineError without a reason or without such events.
    """
    if not reason.strip():
        raise QuarantineError("Say why these events may stay out: --reason TEXT.")
    if selection == Selection():
        raise QuarantineError("Say which events: their ids, a file, a source or a reason code.")
    with alone(home):
        table = chosen(home, dataclasses.replace(selection, status="open"))
        count = len(table)
        rows = pa.table(
            [
                table["batch_id"],
                table["line_number"],
                pa.repeat(reason.strip(), count),
                pa.repeat(pa.scalar(as_of, pa.timestamp("us", "UTC")), count),
            ],
            schema=WAIVER_SCHEMA,
        )
        with ParquetFolder(Path(home) / "quarantine", WAIVER_SCHEMA, []) as file:
            file.write(rows)
            file.finish("waived")
    return count


def rejected_counts(home: Path, after_version: int, up_to: int) -> list[tuple[Any, ...]]:
    """Rows (log_version, received_on, source, reason_code, events) of later batches up to `up_to`.

    A replay takes back what was counted before: its rows have the day, source and reason of the
    rejection and a negative number, so that the sum is what is rejected still.
    """
    rows = []
    for entry in EventLog(home).entries(after_version, up_to):
        day = entry.received_at.date()
        for code, events in entry.rejected_by_reason.items():
            rows.append((entry.version, day, entry.source, code, events))
        for day_text, source, code, events in (entry.replay or {}).get("undone", []):
            day = date.fromisoformat(day_text)
            rows.append((entry.version, day, source, code, -events))
    return rows
