"""What was taken back (S-51): the retractions that the log has, and the ids that each one names."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from raw_events.common.errors import LogDamaged
from raw_events.log.entry import LogEntry
from raw_events.log.event_log import EventLog

# Below the log's folder; readers of Delta pass over names that begin with an underscore.
FOLDER = "_retractions"
# `events`: how many events with that id the retraction took back, repeats among them.
RETRACTED_SCHEMA = pa.schema(
    [
        pa.field("transaction_id", pa.string(), nullable=False),
        pa.field("events", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Retraction:
    """One retraction: `events` by id, why, by whom (a user of the operating system) and when."""

    log_version: int
    received_at: datetime
    retracted_by: str
    reason: str
    events: dict[str, int]


def retraction_of(log: EventLog, entry: LogEntry) -> Retraction | None:
    """What a log entry takes back; None if it is no retraction.

    Raises LogDamaged if its file cannot be read.
    """
    if entry.retraction is None:
        return None
    path = log.root / entry.retraction["path"]
    try:
        rows = pq.read_table(path, schema=RETRACTED_SCHEMA).to_pydict()
    except (OSError, pa.ArrowException) as error:
        raise LogDamaged(
            f"The retraction of log version {entry.version} ({path}) cannot be read: {error}. "
            "Restore the folder raw_events/ from a backup."
        ) from error
    return Retraction(
        log_version=entry.version,
        received_at=entry.received_at,
        retracted_by=entry.retraction["retracted_by"],
        reason=entry.retraction["reason"],
        events=dict(zip(rows["transaction_id"], rows["events"], strict=True)),
    )


def retractions(log: EventLog, after: int = -1, up_to: int | None = None) -> list[Retraction]:
    """The retractions of versions after + 1 … up_to (default: all), in their order."""
    entries = log.entries(after, log.version() if up_to is None else up_to)
    found = (retraction_of(log, entry) for entry in entries)
    return [retraction for retraction in found if retraction is not None]
