"""A price book's folder with schemas of event types, and events that are landed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meterhouse.event_types.registry import FOLDER, folder_name
from raw_events.ingest.landing import land_file

JOB = {"properties": {"minutes": {"type": "number", "maximum": 60}}, "required": ["minutes"]}
AS_OF = datetime(2026, 1, 31, 12, tzinfo=UTC)


def write_schema(seeds: Path, event_type: str, version: int, schema: dict[str, Any]) -> Path:
    """Write one version; it is not published by that."""
    path = seeds / FOLDER / folder_name(event_type) / f"v{version}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema, ensure_ascii=False), "utf-8")
    return path


def write_modes(seeds: Path, **modes: str) -> Path:
    """Write modes.csv."""
    path = seeds / FOLDER / "modes.csv"
    rows = [f"{name},{mode}" for name, mode in modes.items()]
    path.write_text("\n".join(["event_type,mode", *rows]) + "\n", "utf-8")
    return path


def land(
    home: Path,
    name: str,
    *properties: dict[str, object],
    day: str = "2026-01-30",
    as_of: datetime = AS_OF,
    event_type: str = "job",
) -> None:
    """Land events of these properties."""
    lines = [
        json.dumps(
            {
                "transaction_id": f"{name}{at}",
                "customer_id": "acme",
                "event_type": event_type,
                "timestamp": f"{day}T10:00:00Z",
                "properties": one,
            }
        )
        for at, one in enumerate(properties)
    ]
    path = home.parent / f"{name}.ndjson"
    path.write_text("\n".join(lines))
    land_file(home, path, None, as_of)
