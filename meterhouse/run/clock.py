"""The moment of a run (S-4), as its first steps ask for it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from meterhouse.warehouse.clock import choose_as_of, due_by, machine_clock


class RunClock(Protocol):
    """What a step asks. `ahead`: whether to take a moment that the machine has not reached."""

    ahead: bool

    def moment(self) -> datetime:
        """The moment that was given, in UTC; where none was, that of the call."""

    def checked(self, home: Path) -> datetime:
        """The same, for a step that records it; ClockError if it is refused."""


@dataclass
class MachineClock:
    """The clock of a run that nobody gave a moment. `now` insists where others were given one."""

    now: bool = False
    ahead: bool = False

    def moment(self) -> datetime:
        """Now, in UTC."""
        return machine_clock()

    def checked(self, home: Path) -> datetime:
        """Now; ClockError if a directory with a replayed clock would be thrown into the present."""
        return choose_as_of(home, None, due_by, now=self.now)
