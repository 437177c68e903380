"""A run after the other in one process, as soon as there is something to do.

What a process pays once, it pays once: imports, the parsed project, Dagster not at all. Each run is
a whole one, with its lock, its tests and its one publication, so a crash costs nothing but itself,
and between two runs `meterhouse run`, `void` and whoever else waits for the lock has its turn.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.common.alone import alone
from meterhouse.common.code_version import code_stamps
from meterhouse.common.errors import user_error
from meterhouse.common.failures import FailedRun, note_failure
from meterhouse.common.killed import LIVE, left_behind, note_killed
from meterhouse.common.progress import reporter
from meterhouse.run.clock import MachineClock
from meterhouse.run.errors import CodeChanged, LiveAlready
from meterhouse.run.once import Run, run_once
from meterhouse.run.waiting import Seen, Stamp, seen, waits
from meterhouse.warehouse.lock import POLL_SECONDS
from meterhouse.warehouse.standing import note_standing
from raw_events.common.hidden import without_secrets
from raw_events.common.text import shown_lines

if TYPE_CHECKING:
    from datetime import datetime

# Longer than whoever waits for the lock sleeps between two looks at it.
TURN_SECONDS = 1.5 * POLL_SECONDS
# A run that failed, or left what waits, is done again after this, each time twice as long.
_FIRST_PAUSE, _LAST_PAUSE = 1.0, 60.0
_NOTED_EVERY = 60.0
# As reporters know what stops runs.
_TROUBLE = "run"


@contextmanager
def only_live(home: Path) -> Iterator[None]:
    """While this lasts, no other process is live on the data directory. LiveAlready if one is.

    Two would lose nothing, but each would find what the other has done, and try what it tries.
    """

    def taken(holder: str) -> LiveAlready:
        return LiveAlready(
            f"Another meterhouse live works on {home} already ({holder}). Stop it first, or leave "
            "it: one is enough."
        )

    def before() -> None:
        note_killed(home, left_behind(home / LIVE, LIVE))

    with alone(home / LIVE, taken, before):
        yield


class Live:
    """Runs until `wait(seconds)`, which sleeps, says that it is to stop.

    `done(run, seconds)` hears of each run that published something.
    """

    def __init__(
        self,
        home: Path,
        clock: MachineClock,
        wait: Callable[[float], bool],
        done: Callable[[Run, float], None],
    ):
        self._home, self._clock, self._wait, self._done = home, clock, wait, done
        self._code = code_stamps()
        # What the last run saw, when it was tried, and until when it stands.
        self._seen: Seen | None = None
        self._tried: Seen | None = None
        self._until: datetime | None = None
        # After a run that failed: the pause, its end, and when at the earliest news end it.
        self._pause, self._not_before, self._news_from = 0.0, 0.0, 0.0
        # What waited when the last run was tried, and of what it left its own pause and its end.
        self._met: frozenset[Stamp] = frozenset()
        self._held: dict[Stamp, tuple[float, float]] = {}
        self._said, self._noted = "", 0.0

    def run(self) -> None:
        """Run now, then whenever there is something to do. Raises CodeChanged after an update."""
        while True:
            if self._is_due():
                self._run()
            elif time.monotonic() >= max(self._not_before, self._noted + _NOTED_EVERY):
                # Nothing is due: what is published is right now too, for those who ask (S-76).
                note_standing(self._home, self._clock.moment())
                self._noted = time.monotonic()
            if self._wait(TURN_SECONDS):
                return

    def _is_due(self) -> bool:
        now, state = self._clock.moment(), seen(self._home)
        waiting = waits(self._home, now)
        # A stop-watch; no result depends on it.
        at = time.monotonic()
        is_news = state != self._tried or (bool(waiting - self._met) and at >= self._news_from)
        if at < self._not_before and not is_news:
            return False
        return (
            self._until is None
            or now >= self._until
            or state != self._seen
            or any(at >= self._held.get(it, (0.0, 0.0))[1] for it in waiting)
        )

    def _run(self) -> None:
        if code_stamps() != self._code:
            raise CodeChanged(
                "Meterhouse or its models were changed on disk since this process began. It has "
                "stopped before the next run; start it again: meterhouse live"
            )
        tried, before = self._tried, seen(self._home)
        self._tried = before
        self._met = waits(self._home, self._clock.moment())
        began = time.monotonic()
        # After an edit, which may have been of its file or its password, nothing is left.
        is_edited = tried is None or tried.edited != before.edited
        held = self._held.items()
        leave = () if is_edited else {it[0] for it, (_, until) in held if began < until}
        try:
            run = run_once(self._home, self._clock, leave)
        except Exception as error:
            worded = user_error(error)
            self._say(worded or f"{type(error).__name__}: {without_secrets(str(error))}")
            self._pause_after(failed=True)
            return
        # Of what this run saw: what was edited or made final since is for the next one.
        self._seen = Seen(
            run.inputs.log_version,
            run.inputs.ledger_version,
            before.edited,
            # What came while the run began gives one more, which finds that nothing is new.
            before.payments_version,
            before.deliveries_version,
            before.forecasts_version,
        )
        self._until = run.stands_until
        if run.published:
            self._done(run, time.monotonic() - began)
        self._say(run.published.trouble if run.published else None)
        now = self._clock.moment()
        self._pause_after(failed=self._seen == before and now >= self._until)
        self._hold(waits(self._home, now))

    def _say(self, trouble: object | None) -> None:
        """The same trouble of every run is said once, now and then that it stands, and its end."""
        said = shown_lines(trouble) if trouble else ""
        if said == self._said:
            if said:
                reporter().still(_TROUBLE)
        elif not said:
            reporter().over(_TROUBLE)
        else:
            reporter().stands(_TROUBLE, said, said)
            at = self._clock.moment()
            note_failure(self._home, FailedRun(f"live-{at.isoformat()}", "live", at, said))
        self._said = said

    def _hold(self, left: frozenset[Stamp]) -> None:
        """What the run met and left waits for something, such as a source that is stopped: it is
        asked ever more rarely, and nothing else waits for it."""
        at, held = time.monotonic(), {}
        for it in left & self._met:
            pause, until = self._held.get(it, (0.0, 0.0))
            if at >= until:
                pause = min(_LAST_PAUSE, max(_FIRST_PAUSE, 2 * pause))
                until = at + pause
            held[it] = pause, until
        self._held = held

    def _pause_after(self, failed: bool) -> None:
        self._pause = min(_LAST_PAUSE, max(_FIRST_PAUSE, 2 * self._pause)) if failed else 0.0
        self._not_before = time.monotonic() + self._pause
        self._news_from = time.monotonic() + min(self._pause, _FIRST_PAUSE)
