"""What a command costs: wall clock, CPU and peak memory of a process and all of its children."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Cost:
    """Wall-clock and CPU seconds (user and system), and MB of the largest process at its peak."""

    wall: float
    cpu: float
    peak_mb: float

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        peak = max(self.peak_mb, other.peak_mb)
        return Cost(self.wall + other.wall, self.cpu + other.cpu, peak)


class CommandFailed(Exception):
    """A measured command did not end well."""


def run(command: list[str], output: Path, environment: dict[str, str] | None = None) -> Cost:
    """Run a command to its end, what it says into the file `output`. Raises CommandFailed.

    The harness must stay small: before it becomes another program a child shares the memory of its
    parent, and Linux counts that as the child's.
    """
    with output.open("wb") as file:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = output.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak_mb for cost in costs),
    )
