"""Up to when what is published stands: noted by each run that came to its end (S-76).

The moment of a publication does not tell it: a run that finds nothing new publishes nothing.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from meterhouse.warehouse.clock import machine_clock
from meterhouse.warehouse.generations import published_folder
from raw_events.common.files import replaced_file

FILE = "standing.json"


@dataclass(frozen=True)
class Standing:
    """What is published is right as of `as_of`; noted at `recorded_at` by the machine's clock."""

    as_of: datetime
    recorded_at: datetime


def note_standing(home: Path, as_of: datetime) -> None:
    """A run as of `as_of` came to its end, by this machine's clock now.

    After its publication: whoever finds the note finds what it is of. A disk that refuses is no
    failure of the run, which is published.
    """
    moments = {"as_of": as_of.isoformat(), "recorded_at": machine_clock().isoformat()}
    with suppress(OSError), replaced_file(Path(home) / FILE) as new:
        new.write_text(json.dumps(moments) + "\n", "utf-8")


def standing(home: Path) -> Standing | None:
    """What was noted last; None before the first run, and where it cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((Path(home) / FILE).read_text("utf-8"))
        return Standing(*(datetime.fromisoformat(found[each]) for each in ("as_of", "recorded_at")))
    return None


def stands_since(home: Path) -> datetime | None:
    """When a run last came to its end, by the machine's clock: in UTC, None before the first one.

    Of releases that did not note it, when the publication was made.
    """
    noted, folder = standing(home), published_folder(home)
    if noted is not None:
        return noted.recorded_at
    if folder is None:
        return None
    with suppress(OSError):
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return None
