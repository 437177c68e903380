"""A price book's folder with schemas of event types."""

import json
from pathlib import Path
from typing import Any

from meterhouse.event_types.registry import FOLDER, folder_name


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
