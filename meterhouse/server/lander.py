"""The process that lands segments: once a minute, and at once when there is much.

    python -m meterhouse.server.lander --alive FD [--now]

It may be killed at any moment (raw_events/segments/landing.py). It ends in order, after the segment
that it lands, at SIGTERM and when its parent is gone.
"""

import argparse
import select
import signal
import sys
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


class Stop:
    """Whether to end: at a signal, or when the parent, which holds the other end, is gone."""

    def __init__(self, alive: int):
        self._alive, self._is_set = alive, False

    def set(self, *_: object) -> None:
        """End soon."""
        self._is_set = True

    def is_set(self) -> bool:
        """Whether to end now."""
        return self.wait(0.0)

    def wait(self, seconds: float) -> bool:
        """The same, after some time, or as soon as the parent is gone."""
        # Nobody writes to it: it can be read when there is no other end.
        return self._is_set or bool(select.select([self._alive], [], [], seconds)[0])


class Lander:
    """Lands again and again until it is told to stop."""

    def __init__(self, home: Path, is_now: bool, stop: Stop):
        self._home, self._stop = home, stop
        self._as_of = partial(choose_as_of, home, None, LANDS, now=is_now, has_as_of=False)
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
            worded, kind = user_error(error), type(error).__name__
            self._note(str(worded) if worded else f"{kind}: {error}", kind)
        else:
            self._say(landed)
            self._note(None, None)

    def _say(self, landed: LandedSegments) -> None:
        for line in landed.lines:
            print(shown_lines(line), file=sys.stderr, flush=True)

    def _note(self, problem: str | None, kind: str | None) -> None:
        # Messages have moments in them; the same fault every minute is said once.
        if problem and kind != self._said:
            print(shown_lines(f"Landing: {problem}"), file=sys.stderr, flush=True)
        self._said = kind
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
    stop = Stop(arguments.alive)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.set)
    Lander(settings.home(), arguments.now, stop).run()


if __name__ == "__main__":
    main()
