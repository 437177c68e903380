"""The stream `usage` of a real Redis, and the collector of it."""

from typing import Any

from tests.unit.raw_events.event_cases import line

SETTINGS = {"kind": "redis", "connection": "USAGE_REDIS", "stream": "usage"}


def add(client: Any, *numbers: int) -> list[bytes]:
    """Add an event of each number; the ids of the entries."""
    pipe = client.pipeline()
    for number in numbers:
        pipe.xadd("usage", {"event": line(f"t{number:06d}")})
    return pipe.execute()
