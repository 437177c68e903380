"""`meterhouse event-type new`: the next version of a schema, to be edited."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from meterhouse.event_types.errors import EventTypeError
from meterhouse.event_types.history import recent_events
from meterhouse.event_types.read_by_metrics import read_properties
from meterhouse.event_types.registry import folder_name, read_registry
from raw_events.common.files import replaced_file
from raw_events.schemas.declared import KINDS
from raw_events.schemas.values import kind_of
from raw_events.validation.json_text import decoder

# Of what was sent last, so many events are looked at; so many properties are written down.
_EVENTS, _PROPERTIES = 10_000, 50


def new_version(home: Path, event_type: str) -> Path:
    """Write `v<N>.json` and give its path: a copy of the newest version, or what events have.

    Without an earlier version the properties of events that landed lately are declared, with the
    types that they had. Raises EventTypeError if the type has a version that is not published.
    """
    registry = read_registry()
    folder = registry.folder / folder_name(event_type)
    versions = registry.versions.get(event_type, {})
    newest = max(versions, default=0)
    if newest and (event_type, newest) not in registry.published:
        raise EventTypeError(
            f"{versions[newest]} is there and is not published: edit it, then: meterhouse "
            f"event-type check {event_type}"
        )
    text = versions[newest].read_text("utf-8") if newest else _of_events(home, event_type)
    path = folder / f"v{newest + 1}.json"
    with replaced_file(path) as temporary:
        temporary.write_text(text, "utf-8")
    return path


def _of_events(home: Path, event_type: str) -> str:
    kinds: dict[str, Counter[str]] = {}
    events = 0
    for table in recent_events(home, event_type):
        for text in table["properties"].slice(0, _EVENTS - events).to_pylist():
            events += 1
            for name, value in decoder([]).decode(text or "{}").items():
                kinds.setdefault(name, Counter())[kind_of(value)] += 1
        if events >= _EVENTS:
            break
    readings = read_properties(event_type)
    names = sorted(kinds, key=lambda name: (name not in readings, len(name), name))[:_PROPERTIES]
    properties: dict[str, Any] = {}
    for name in names:
        types = [kind for kind in KINDS if kinds[name][kind]]
        if types == ["string"] and name in readings and readings[name].as_number:
            # A number may be sent as text (S-10).
            types = ["number"]
        properties[name] = {"type": types[0] if len(types) == 1 else types}
    schema = {
        "description": f"What {event_type} events say of themselves.",
        "type": "object",
        "properties": properties or {"example": {"type": "number", "minimum": 0}},
        "required": [name for name in names if sum(kinds[name].values()) == events],
        "additionalProperties": True,
    }
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
