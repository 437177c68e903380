"""How segments are named: when they were opened or sealed, and an id that no other has."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = "segments"
OPEN, SEALED, REFUSED = ".open", ".ndjson", ".refused"
_INSTANT = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Segment:
    """A segment on the disk. `at` is when it was opened or sealed, in UTC."""

    path: Path
    source: str
    at: datetime


def new_name(now: datetime) -> str:
    """The name of a segment that is opened now."""
    return f"{_text(now)}-{secrets.token_hex(8)}{OPEN}"


def sealed_name(name: str, now: datetime) -> str:
    """The name of an open segment that is sealed now; it keeps its id."""
    id = name.removesuffix(OPEN).rpartition("-")[2]
    return f"{_text(now)}-{id}{SEALED}"


def segments(home: Path, ending: str) -> list[Segment]:
    """All segments with this ending, the oldest first. Other files are left alone."""
    found = []
    for path in (Path(home) / FOLDER).glob(f"*/*{ending}"):
        instant = path.name.removesuffix(ending).rpartition("-")[0]
        try:
            at = datetime.strptime(instant, _INSTANT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Segment(path, path.parent.name, at))
    return sorted(found, key=lambda it: (it.at, it.path.name, it.source))


def _text(now: datetime) -> str:
    return now.astimezone(UTC).strftime(_INSTANT)
