"""Positions of sources that can be read again (S-61): they stand in the entry of the batch itself.

An entry that moves a position records under `position` what positions.move makes, and a Delta
application transaction `cursor:<source>` names its version, so the latest one is found without
reading the entries between. Each names the one before, which makes a chain.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from raw_events.common.errors import LogDamaged

if TYPE_CHECKING:
    from raw_events.log.entry import Batch, LogEntry

CURSOR = "cursor:"


@dataclass(frozen=True)
class Position:
    """Up to where a source was read: `value` is the source's own (JSON), `version` the log version
    of the entry that recorded it."""

    value: Any
    version: int


def move(
    source: str, before: Position | None, to: Any, skipped: dict[str, str] | None = None
) -> dict[str, Any]:
    """What the entry of a batch records: that `source` was read from `before` up to `to` (JSON).

    `skipped`: {reason, skipped_by, what} if a person let the source pass over records (S-66).
    """
    moved = {
        "source": source,
        "from": before.value if before else None,
        "to": to,
        # A position may come again (a topic made anew): which one of them it was, the version says.
        "after": before.version if before else None,
    }
    return {**moved, "skipped": skipped} if skipped else moved


def batch_name(moved: dict[str, Any]) -> str:
    """The id of a batch that moves a position: read again from there, it is the same batch."""
    return hashlib.sha256(f"position\n{_text(moved)}".encode()).hexdigest()


def cursor(of: "Batch | str") -> tuple[str, ...]:
    """The application transaction of a source, or of a batch if it moves a position."""
    if isinstance(of, str):
        return (CURSOR + of,)
    return (CURSOR + str(of.position["source"]),) if of.position else ()


def stands_at(moved: dict[str, Any], current: Position | None) -> bool:
    """Whether what a batch was read from is the log's current position of its source."""
    value, version = (current.value, current.version) if current else (None, None)
    return _text([moved["from"], moved["after"]]) == _text([value, version])


def recorded_position(entry: "LogEntry | None", source: str) -> Position:
    """The position that an entry recorded. LogDamaged if it recorded none of this source."""
    moved = entry.position if entry else None
    if entry is None or not isinstance(moved, dict) or moved.get("source") != source:
        raise LogDamaged(
            f"The event log does not say up to where {source} was read. Restore the folder "
            "raw_events/ from a backup; meterhouse verify names the file that was changed."
        )
    return Position(moved["to"], entry.version)


class Chain:
    """Follows the positions of all sources through the entries of a log, in their order."""

    def __init__(self) -> None:
        self._latest: dict[str, Position] = {}

    def problems(self, entry: "LogEntry") -> Iterator[str]:
        """What does not fit the entries before; nothing for an entry without a position."""
        if entry.position is None:
            return
        source = entry.position["source"]
        if not stands_at(entry.position, self._latest.get(source)):
            found = self._latest.get(source)
            yield (
                f"its batch was read from {source} at {_text(entry.position['from'])}, and the log "
                f"had it up to {_text(found.value if found else None)}: records may be missing or "
                "landed twice (S-61)"
            )
        self._latest[source] = Position(entry.position["to"], entry.version)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
