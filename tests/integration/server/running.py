"""The real `meterhouse serve` on a free port of 127.0.0.1, senders, and what became of it all."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from meterhouse.server.tokens import new_token
from meterhouse.warehouse.clock import machine_clock
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from raw_events.segments.landing import LandedSegments, land_segments
from tests.unit.raw_events.event_cases import landed

# Until a server answers on a machine that does other things too.
_PATIENCE = 60.0
_SERVE = (sys.executable, "-m", "meterhouse.cli", "serve", "--reserve", "1")


class Server:
    """A running server. `home` is its data directory, `url` where it answers."""

    def __init__(self, home: Path, file_limit: int | None = None, options: tuple[str, ...] = ()):
        self.home, self._file_limit, self._options = home, file_limit, options
        home.mkdir(exist_ok=True)
        self.port = 0
        self.token, _ = new_token(home, "app", datetime.now(UTC), rate=100_000)
        self.start()

    def start(self) -> None:
        """Start it, on the port that it had before."""
        self.process = subprocess.Popen(
            [*_SERVE, *self._options, "--port", str(self.port)],
            env={**os.environ, "METERHOUSE_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=(self.home / "stderr.txt").open("a"),
            text=True,
        )
        if self._file_limit:
            # What it starts has the limit too, and its own start takes longer than this.
            limits = (self._file_limit, resource.RLIM_INFINITY)
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limits)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                if self.get("/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError((self.home / "stderr.txt").read_text())

    def get(self, path: str) -> httpx.Response:
        """GET without a token."""
        return httpx.get(self.url + path, timeout=_PATIENCE)

    def post(self, content: object, token: str | None = None) -> httpx.Response:
        """POST /v1/ingest; `content` is JSON, or bytes as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = f"{self.url}/v1/ingest"
        return httpx.post(url, content=body, headers=headers, timeout=_PATIENCE)

    def child(self, name: str) -> int | None:
        """The process of `worker` or `lander`, None while it is not there."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes().decode()
            except (OSError, ValueError):
                continue
            if parent == self.process.pid and f"meterhouse.server.{name}" in command:
                return int(folder.name)
        return None

    def kill(self, name: str) -> bool:
        """SIGKILL one of `worker`, `lander` and `parent`; whether it was there."""
        if name == "parent":
            self.process.kill()
            self.process.wait()
            return True
        child = self.child(name)
        if child is None:
            return False
        os.kill(child, signal.SIGKILL)
        return True

    def stop(self) -> int:
        """SIGTERM, and how it ended."""
        self.process.terminate()
        return self.process.wait(_PATIENCE)

    def land(self) -> LandedSegments:
        """Land what is there, as a run does, beside the server's own lander."""
        return land_segments(self.home, machine_clock, machine_clock)


@contextmanager
def serving(
    home: Path, file_limit: int | None = None, options: tuple[str, ...] = ()
) -> Iterator[Server]:
    """A server that answers, and is stopped at the end."""
    server = Server(home, file_limit, options)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def events(ids: list[str], **properties: object) -> list[dict[str, object]]:
    """Events of now."""
    return [
        {
            "transaction_id": id,
            "customer_id": "acme",
            "event_type": "api_call",
            "timestamp": datetime.now(UTC).isoformat(),
            "properties": {"n": 1, **properties},
        }
        for id in ids
    ]


class Sender(threading.Thread):
    """Sends batches until it is stopped, each until it is acknowledged.

    `once` has the ids that were acknowledged at the first try, `again` the other acknowledged ones.
    """

    def __init__(self, server: Server, name: str, batch: int = 20):
        super().__init__(daemon=True)
        self._server, self._name, self._batch = server, name, batch
        self._is_stopped = threading.Event()
        self.once: set[str] = set()
        self.again: set[str] = set()
        self.problem: str | None = None

    def run(self) -> None:
        """Send."""
        number = 0
        while not self._is_stopped.is_set():
            ids = [f"{self._name}-{number}-{item}" for item in range(self._batch)]
            number += 1
            tries = 0
            while True:
                tries += 1
                try:
                    answer = self._server.post(events(ids))
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    break
                if answer.status_code not in (429, 503):
                    self.problem = answer.text
                    return
                time.sleep(0.02)
            (self.once if tries == 1 else self.again).update(ids)

    def stop(self) -> None:
        """Let the last batch be acknowledged."""
        self._is_stopped.set()
        self.join()
        assert self.problem is None, self.problem


def check_counts(home: Path, senders: list[Sender]) -> int:
    """Every acknowledged event is in the log, and what was sent once is there once; how many."""
    counts = Counter(row["transaction_id"] for row in landed(home))
    once = set().union(*(sender.once for sender in senders))
    again = set().union(*(sender.again for sender in senders))
    lost = [id for id in once | again if id not in counts]
    twice = [id for id in once if counts[id] > 1]
    assert (lost, twice) == ([], [])
    assert verify_log(EventLog(home)) == []
    return len(once | again)


def killed_at_random(server: Server, seed: int, kills: int, pause: float) -> int:
    """SIGKILL processes at random moments while senders send, and count; how many were killed."""
    chance = random.Random(seed)
    senders = [Sender(server, f"s{seed}-{number}") for number in range(3)]
    for sender in senders:
        sender.start()
    killed = 0
    while killed < kills:
        time.sleep(chance.uniform(0, pause))
        # A run seals and lands beside the server's own lander, which is then killed at work.
        if chance.random() < 0.5:
            server.land()
        victim = chance.choice(["worker", "worker", "lander", "lander", "parent"])
        killed += server.kill(victim)
        if victim == "parent":
            server.start()
    server.wait()
    for sender in senders:
        sender.stop()
    assert server.stop() == 0
    server.land()
    assert check_counts(server.home, senders) > 0
    assert list((server.home / "segments").glob("*/*")) == []
    return killed
