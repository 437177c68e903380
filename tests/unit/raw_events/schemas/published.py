"""A data directory in which schemas are published."""

import json
from pathlib import Path
from typing import Any

from raw_events.schemas.published import Published, write_published
from raw_events.schemas.schema import read_schema


def published(event_type: str, mode: str, schema: dict[str, Any], version: int = 1) -> Published:
    """A schema as it is published."""
    text = json.dumps(schema, ensure_ascii=False).encode()
    read, problems = read_schema(text)
    assert read is not None, problems
    return Published(event_type, version, mode, text, read)


def publish(home: Path, *types: Published) -> None:
    """Hand schemas to a data directory."""
    home.mkdir(parents=True, exist_ok=True)
    write_published(home, types)
