"""What the lander did last, for the server's process to tell: a small file beside the segments."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from raw_events.common.files import replaced_file
from raw_events.segments.names import FOLDER

_FILE = "landing.json"


@dataclass(frozen=True)
class LandingState:
    """`landed_at`: RFC 3339, null before the first; `problem`: why the last one failed, if so."""

    landed_at: str | None = None
    problem: str | None = None

    def landed_seconds(self) -> float:
        """`landed_at` as seconds since 1970; 0 before the first."""
        return datetime.fromisoformat(self.landed_at).timestamp() if self.landed_at else 0.0


def read_state(home: Path) -> LandingState:
    """The state; an empty one if there is none that can be read."""
    try:
        return LandingState(**json.loads((home / FOLDER / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return LandingState()


def write_state(home: Path, state: LandingState) -> None:
    """Keep the state. Raises OSError."""
    with replaced_file(home / FOLDER / _FILE) as new:
        new.write_text(json.dumps(asdict(state)) + "\n", "utf-8")
