"""Events, files and logs for the tests of raw_events."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from raw_events.ingest.landing import LandingReport, land_file
from raw_events.log.event_log import EventLog

AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)


def event(id: str = "t1", **fields: object) -> dict:
    """An event that can be taken at AS_OF; a field given as None is left out."""
    values = {
        "transaction_id": id,
        "customer_id": "acme",
        "event_type": "api_call",
        "timestamp": "2026-01-30T10:00:00Z",
        "properties": {"region": "eu"},
        **fields,
    }
    return {name: value for name, value in values.items() if value is not None}


def line(id: str = "t1", **fields: object) -> str:
    """An event as a line of JSON without a line feed."""
    return json.dumps(event(id, **fields), separators=(",", ":"), ensure_ascii=False)


def write(path: Path, content: str | bytes) -> Path:
    """Write a file and give its path."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def land(home: Path, path: Path, as_of: datetime = AS_OF, source: str = "files") -> LandingReport:
    """Land a file."""
    return land_file(home, path, source, as_of)


def landed(home: Path) -> list[dict]:
    """All rows of the log in its order."""
    log = EventLog(home)
    rows = []
    for entry in log.entries(-1, log.version()):
        if entry.path:
            rows += pq.read_table(log.root / entry.path).to_pylist()
    return rows
