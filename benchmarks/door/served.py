"""A server under load, and what its processes cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.cost import CommandFailed

_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60.0
DOOR = ("meterhouse.cli", "serve", "--port", "0", "--reserve", "64")
BARE = ("benchmarks.door.bare",)
_LAND = (
    "from pathlib import Path\n"
    "from meterhouse.common.settings import home\n"
    "from meterhouse.warehouse.clock import machine_clock as now\n"
    "from raw_events.segments.landing import land_segments\n"
    "land_segments(home(), now, now)"
)


@dataclass(frozen=True)
class Served:
    """A server that answers on `port`; `worker` is the process that takes requests."""

    port: int
    worker: int
    environment: dict[str, str]

    def load(self, token: str, requests: int, events: int, connections: int) -> dict[str, Any]:
        """Send requests: what benchmarks.door.load prints, and the worker's CPU seconds."""
        before = cpu_seconds(self.worker)
        said = self._call(
            *("-m", "benchmarks.door.load", "--port", str(self.port), "--token", token),
            *("--requests", str(requests), "--events", str(events)),
            *("--connections", str(connections)),
        )
        return {**json.loads(said), "cpu": cpu_seconds(self.worker) - before}

    def land(self) -> float:
        """Land what was acknowledged, as a run does when it begins: seconds, start included."""
        begun = time.monotonic()
        self._call("-c", _LAND)
        return time.monotonic() - begun

    def _call(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandFailed(done.stderr[-2000:])
        return done.stdout


@contextmanager
def served(
    home: Path, module: tuple[str, ...], settings: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Start a server (DOOR or BARE), wait until it answers, and stop it at the end."""
    environment = {**os.environ, **(settings or {}), "METERHOUSE_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", *module], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        _wait(f"http://127.0.0.1:{port}/healthz")
        worker = _child(process.pid, "meterhouse.server.worker") or process.pid
        yield Served(port, worker, environment)
    finally:
        process.terminate()
        process.wait()


def cpu_seconds(process: int) -> float:
    """User and system of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb(process: int) -> float:
    """The most memory that a process has had."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def _wait(url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urlopen(url):
                return
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _child(parent: int, name: str) -> int | None:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == parent and name in command:
            return int(path.parent.name)
    return None
