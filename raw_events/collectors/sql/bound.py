"""Up to where a database may be read, and why not further."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Bound:
    """No window may end behind `instant` (None: no window may be read now), because of `why`.

    `is_clock`: it is what the server takes for now, so the collector's `lag` is still to be left.
    """

    instant: datetime | None
    why: str
    is_clock: bool = False
