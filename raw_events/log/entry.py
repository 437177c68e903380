"""One entry of the log, as its JSON file in `_delta_log` records it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from raw_events.common.errors import LogDamaged

# Under this key of Delta's commitInfo everything below is recorded.
KEY = "meterhouse"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """What a landing wants to append. Paths of files are relative to their folder.

    `path`, `sha256`, `size`: the Parquet file with the accepted events, None if there are none.
    `quarantine`: {path, sha256, rows} of the file with the rejected ones, else None.
    `replay`: {path, sha256, rows, undone: [[received_on, source, reason_code, events]]} if the
    batch takes events out of the quarantine. `retraction`: {path, sha256, rows, events, reason,
    retracted_by} if it takes landed events back (S-51); its file has the ids. `position`: what
    positions.move gives, if the batch was read from a source with a position (S-61). `schemas`:
    event type → {version, mode, faults: [[property, JSON type, rule, events]]} of what judged it
    (S-64); `reported` says the faults for people and is not recorded.
    """

    batch_id: str
    file_name: str
    source: str
    received_at: datetime
    accepted: int
    rejected: int
    rejected_by_reason: dict[str, int]
    path: str | None = None
    sha256: str | None = None
    size: int = 0
    quarantine: dict[str, Any] | None = None
    replay: dict[str, Any] | None = None
    retraction: dict[str, Any] | None = None
    position: dict[str, Any] | None = None
    schemas: dict[str, Any] | None = None
    reported: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogEntry:
    """A batch that is in the log. `version` names the state of the log with it.

    `rows` = `accepted`; `latest_as_of` is the latest `received_at` up to here (S-4); `recorded_at`
    is the machine's clock when the entry was written.
    """

    version: int
    batch_id: str
    source: str
    received_at: datetime
    path: str | None
    rows: int
    sha256: str | None
    accepted: int
    rejected: int
    file_name: str = ""
    size: int = 0
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    quarantine: dict[str, Any] | None = None
    replay: dict[str, Any] | None = None
    retraction: dict[str, Any] | None = None
    position: dict[str, Any] | None = None
    schemas: dict[str, Any] | None = None
    latest_as_of: datetime | None = None
    previous_commit_sha256: str | None = None
    recorded_at: datetime | None = None


def commit_instant(info: dict[str, Any]) -> datetime | None:
    """The machine's clock when Delta wrote an entry, from its commitInfo: to the millisecond."""
    milliseconds = info.get("timestamp")
    return None if milliseconds is None else _EPOCH + timedelta(milliseconds=milliseconds)


def recorded(batch: Batch, latest_as_of: datetime, previous_commit_sha256: str) -> dict[str, Any]:
    """What the entry of a batch records of it; the other way round of read_entry."""
    return {
        "batch_id": batch.batch_id,
        "file_name": batch.file_name,
        "source": batch.source,
        "received_at": batch.received_at.isoformat(),
        "path": batch.path,
        "sha256": batch.sha256,
        "size": batch.size,
        "rows": batch.accepted,
        "accepted": batch.accepted,
        "rejected": batch.rejected,
        "rejected_by_reason": batch.rejected_by_reason,
        "quarantine": batch.quarantine,
        "replay": batch.replay,
        "latest_as_of": latest_as_of.isoformat(),
        "previous_commit_sha256": previous_commit_sha256,
        # Only where there is one: the release before reads every other entry.
        **({"retraction": batch.retraction} if batch.retraction else {}),
        **({"position": batch.position} if batch.position else {}),
        **({"schemas": batch.schemas} if batch.schemas else {}),
    }


def read_entry(path: Path) -> LogEntry | None:
    """The batch of an entry file, None for the entry that created the table.

    Raises LogDamaged if the file is missing, torn, or was not written by Meterhouse.
    """
    version = int(path.stem)
    try:
        actions = [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
        added = [action["add"]["path"] for action in actions if "add" in action]
        info = next(action["commitInfo"] for action in actions if "commitInfo" in action)
        if version == 0 and KEY not in info and not added:
            return None
        values = dict(info[KEY])
        for name in ("received_at", "latest_as_of"):
            values[name] = datetime.fromisoformat(values[name])
        if any(action.keys() & {"remove", "cdc"} for action in actions):
            raise ValueError("it removes files")
        if added != ([values["path"]] if values["path"] else []):
            raise ValueError("it adds other files than it recorded")
        return LogEntry(version=version, recorded_at=commit_instant(info), **values)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise LogDamaged(
            f"Log entry {version} of the event log ({path}) cannot be used: {error!r}. Restore the "
            "folder raw_events/ from a backup; nothing but Meterhouse may write there."
        ) from error
