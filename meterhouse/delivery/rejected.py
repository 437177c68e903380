"""The batches with rejected events, of the days that messages tell of.

The log has an entry for each batch, of which a busy door lands one every few seconds. So what was
found is kept in a file, and each pass reads the entries since; without that file, or with one of
another log, all of these days are read again.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from raw_events.common.errors import LogDamaged
from raw_events.common.files import replaced_file
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog

FOUND = "rejected_batches.json"


def rejected_batches(home: Path, since: datetime) -> list[list[Any]]:
    """Rows [batch_id, source, received_at, rejected, accepted, reasons as JSON], oldest first.

    Of the batches received since then. A replay is none: what it rejects was told before. Up to the
    first entry that cannot be read: a run says which file it is; messages do not wait for it.
    """
    log = EventLog(home)
    looked, rows = _kept(home, log)
    newest: LogEntry | None = None
    try:
        for version in range(log.version(), looked, -1):
            entry = next(iter(log.entries(version - 1, version)), None)
            newest = newest or entry
            if entry is None or entry.latest_as_of is None or entry.latest_as_of < since:
                break
            if entry.rejected and entry.replay is None:
                rows.append(_row(entry))
    except LogDamaged:
        newest = None
    rows = sorted((row for row in rows if row[2] >= since), key=lambda row: (row[2], row[0]))
    if newest is not None:
        _keep(home, newest, rows)
    return rows


def _row(entry: LogEntry) -> list[Any]:
    reasons = json.dumps(dict(sorted(entry.rejected_by_reason.items())))
    return [
        entry.batch_id,
        entry.source,
        entry.received_at,
        entry.rejected,
        entry.accepted,
        reasons,
    ]


def _kept(home: Path, log: EventLog) -> tuple[int, list[list[Any]]]:
    """Up to which version was looked, and what was found by then; -1 where nothing is known."""
    try:
        kept = json.loads((home / FOUND).read_text("utf-8"))
        version = int(kept["version"])
        [entry] = log.entries(version - 1, version)
        if entry.batch_id == kept["batch_id"]:
            return version, [
                [*row[:2], datetime.fromisoformat(row[2]), *row[3:]] for row in kept["rows"]
            ]
    except (OSError, ValueError, KeyError, TypeError, IndexError, LogDamaged):
        pass
    return -1, []


def _keep(home: Path, newest: LogEntry, rows: list[list[Any]]) -> None:
    text = [[*row[:2], row[2].isoformat(), *row[3:]] for row in rows]
    kept = {"version": newest.version, "batch_id": newest.batch_id, "rows": text}
    with replaced_file(home / FOUND) as new:
        new.write_text(json.dumps(kept) + "\n", "utf-8")
