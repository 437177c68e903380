"""The process that lands segments: once a minute, and at once when there is much.

    python -m meterhouse.server.lander --alive FD [--now]

It may be killed at any moment (raw_events/segments/landing.py). It ends in order, after the segment
that it lands, at SIGTERM and when its parent is gone.
"""

import argparse
import select
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path

from meterhouse.common import settings
from meterhouse.common.errors import user_error
from meterhouse.common.instants import instant_text
from meterhouse.server.landing_state import LandingState, read_state, write_state
from meterhouse.warehouse.clock import choose_as_of, machine_clock
from meterhouse.warehouse.evidence import check_before_landing
from raw_events.common.files import for_owner_and_group_alone
from raw_events.common.text import shown_lines
from raw_events.segments.landing import LandedSegments, land_segments
from raw_events.segments.names import SEALED, segments

EVERY_SECONDS = 60.0
# Sealed before their time: there is much to land.
AT_ONCE_SEGMENTS = 1
_LOOK_SECONDS = 1.0
LANDS = "land what was sent over HTTP as received then"


class Lander:
    """Lands again and again until `stop` is set."""

    def __init__(self, home: Path, is_now: bool, stop: threading.Event):
        self._home, self._stop = home, stop
        self._as_of = partial(choose_as_of, home, None, LANDS, now=is_now)
        self._said: str | None = None

    def run(self) -> None:
        """Land now, then when it is time."""
        due = float("-inf")
        while True:
            # A stop-watch; no result depends on it.
            if time.monotonic() >= due or self._is_much():
                self.land()
                due = time.monotonic() + EVERY_SECONDS
            if self._stop.wait(_LOOK_SECONDS):
                return

    def land(self) -> None:
        """Land once, and keep how it went; what goes wrong is said, and tried again."""
        try:
            check_before_landing(self._home)
            landed = land_segments(self._home, self._as_of, machine_clock, self._stop.is_set)
        except Exception as error:
            worded = user_error(error) or error
            self._note(f"{type(worded).__name__}: {worded}" if worded is error else str(worded))
        else:
            self._say(landed)
            self._note(None)

    def _say(self, landed: LandedSegments) -> None:
        for line in landed.lines:
            print(shown_lines(line), file=sys.stderr, flush=True)

    def _note(self, problem: str | None) -> None:
        if problem and problem != self._said:
            print(shown_lines(f"Landing: {problem}"), file=sys.stderr, flush=True)
        self._said = problem
        before = read_state(self._home)
        at = before.landed_at if problem else instant_text(machine_clock())
        try:
            write_state(self._home, LandingState(at, problem))
        except OSError:
            # The disk is full; the next one says how it is.
            return

    def _is_much(self) -> bool:
        # While landing fails, once a minute is enough.
        return self._said is None and len(segments(self._home, SEALED)) >= AT_ONCE_SEGMENTS


def main() -> None:
    """Land until told to stop."""
    for_owner_and_group_alone()
    parser = argparse.ArgumentParser()
    parser.add_argument("--alive", type=int, required=True)
    parser.add_argument("--now", action="store_true")
    arguments = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_stop_with_parent, args=(arguments.alive, stop), daemon=True).start()
    Lander(settings.home(), arguments.now, stop).run()


def _stop_with_parent(alive: int, stop: threading.Event) -> None:
    # Nobody writes to it: it can be read when the parent is gone.
    select.select([alive], [], [])
    stop.set()


if __name__ == "__main__":
    main()
