"""A steady load over HTTP, and how long each of its events takes into the published marts.

The time of an event runs from the answer of the door to the publication whose mart `event_outcomes`
counts it. Events are counted in the order of their answers: they land in that order.
"""

import json
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import duckdb

from raw_events.common.sql import literal

EVENTS_A_SECOND = 100
_EVENTS_A_REQUEST = 10
_LOOK_SECONDS = 0.02
# After the last event; a pipeline that has not published it by then does not keep up.
_PATIENCE_SECONDS = 300.0


@dataclass
class Delays:
    """Seconds from acknowledgement to publication, an entry an event; how many were never seen."""

    seconds: list[float] = field(default_factory=list)
    missing: int = 0
    publications: int = 0

    def share(self, percent: int) -> float:
        """The delay that so many in a hundred events keep; infinite where some are missing."""
        ordered = [*sorted(self.seconds), *[float("inf")] * self.missing]
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Watch(threading.Thread):
    """Notes for each publication when it was there and how many events of a source it counts."""

    def __init__(self, home: Path, source: str):
        super().__init__(daemon=True)
        self._home, self._source = home, source
        self.counted: list[tuple[float, int]] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        last = None
        while not self.stopped.wait(_LOOK_SECONDS):
            link = self._home / "marts"
            now = link.readlink() if link.is_symlink() else None
            if now is None or now == last:
                continue
            last, at = now, time.monotonic()
            self.counted.append((at, counted_events(link.resolve(), self._source)))


def counted_events(marts: Path, source: str) -> int:
    """How many events of a source a publication knows, whatever became of them."""
    path = marts / "event_outcomes.parquet"
    with duckdb.connect() as con:
        [(count,)] = con.execute(
            f"select coalesce(sum(events), 0) from read_parquet({literal(path)}) "
            f"where source = {literal(source)}"
        ).fetchall()
    return int(count)


def steady_load(
    home: Path, port: int, token: str, source: str, customers: int, seconds: float
) -> Delays:
    """Send EVENTS_A_SECOND for so many seconds, and wait until the last one is published.

    What the source sent before must be published.
    """
    before = counted_events((home / "marts").resolve(), source)
    watch = Watch(home, source)
    watch.start()
    connection = HTTPConnection("127.0.0.1", port)
    answered: list[float] = []
    began = time.monotonic()
    pause = _EVENTS_A_REQUEST / EVENTS_A_SECOND
    for request in range(int(seconds / pause)):
        time.sleep(max(0.0, began + request * pause - time.monotonic()))
        body = json.dumps([_event(request, item, customers) for item in range(_EVENTS_A_REQUEST)])
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/ingest", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"The door answered {answer.status}.")
        answered += [time.monotonic()] * _EVENTS_A_REQUEST
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until and (
        not watch.counted or watch.counted[-1][1] < before + len(answered)
    ):
        time.sleep(_LOOK_SECONDS)
    watch.stopped.set()
    watch.join()
    counts = [count - before for _, count in watch.counted]
    found = Delays(publications=len(counts))
    for number, at in enumerate(answered, 1):
        place = bisect_left(counts, number)
        if place == len(counts):
            found.missing += 1
        else:
            found.seconds.append(watch.counted[place][0] - at)
    return found


def _event(request: int, item: int, customers: int) -> dict[str, object]:
    number = request * _EVENTS_A_REQUEST + item
    return {
        "transaction_id": f"live-{time.time_ns()}-{number}",
        "customer_id": f"c{number * 7919 % customers}",
        "event_type": "api_call",
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"region": ("eu", "us", "ap")[number % 3], "user_id": f"u{number % 50}"},
    }
