"""What is published, as landing reads it: $METERHOUSE_HOME/event_types.json (S-64).

The price book has the schemas; whoever begins to land hands what of them is published to the data
directory, so that each way in judges by the same ones. A data directory without the file judges
nothing.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from raw_events.common.errors import SchemasDamaged
from raw_events.common.files import replaced_file
from raw_events.schemas.schema import EventSchema, read_schema

NAME = "event_types.json"
REPORT, QUARANTINE = "report", "quarantine"
MODES = (REPORT, QUARANTINE)


@dataclass(frozen=True)
class Published:
    """The newest published version of one event type's schema. `text` is its file."""

    event_type: str
    version: int
    mode: str
    text: bytes
    schema: EventSchema

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.text).hexdigest()


Schemas = dict[str, Published]


def read_published(home: Path) -> Schemas:
    """Event type → what judges it; {} where nothing is published. Raises SchemasDamaged."""
    path = Path(home) / NAME
    try:
        types = json.loads(path.read_bytes())["event_types"]
        return {name: _published(name, **values) for name, values in types.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SchemasDamaged(
            f"{path} cannot be used ({error!r}), so no event can be judged by its schema. Nothing "
            "was landed. Delete the file: it is written again from the price book by the next "
            "meterhouse ingest or meterhouse run."
        ) from error


def write_published(home: Path, published: Iterable[Published]) -> None:
    """Put what is published in its place, whole or not at all; what is there already stays."""
    path = Path(home) / NAME
    types = {
        one.event_type: {
            "version": one.version,
            "mode": one.mode,
            "sha256": one.sha256,
            "schema": one.text.decode("utf-8"),
        }
        for one in sorted(published, key=lambda one: one.event_type)
    }
    text = json.dumps({"event_types": types}, ensure_ascii=False, indent=1) + "\n"
    if not types and not path.exists():
        return
    if not path.exists() or path.read_bytes() != text.encode():
        with replaced_file(path) as temporary:
            temporary.write_text(text, "utf-8")


def published_digest(home: Path) -> str:
    """Of everything that is published; empty where nothing is."""
    path = Path(home) / NAME
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _published(name: str, version: int, mode: str, sha256: str, schema: str) -> Published:
    text = schema.encode("utf-8")
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ValueError(f"the schema of {name} is not the one that was published")
    if mode not in MODES:
        raise ValueError(f"{name} has the mode {mode}")
    read, problems = read_schema(text)
    if read is None:
        raise ValueError(f"{name}: {problems[0].keyword}: {problems[0].sentence}")
    return Published(name, version, mode, text, read)
