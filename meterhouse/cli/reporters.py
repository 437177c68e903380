"""Progress on a terminal: the stage at work with a bar, and a line for each one that is done."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from meterhouse.common.instants import instant_text
from meterhouse.common.progress import Reporter, summary_line
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.text import shown, shown_lines

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


# The logger of raw_events/collectors/retries.py.
SOURCES = "meterhouse.sources"
# Seconds after which it is said that a trouble stands: then every day.
STILL_AFTER = (600.0, 3600.0, 21_600.0, 86_400.0)


@dataclass
class Standing:
    """A trouble that was said: `what` it is, its first line, since when, and when it is said again
    that it stands (by a stop-watch)."""

    what: str
    line: str
    since: float
    again: list[float] = field(default_factory=lambda: list(STILL_AFTER))


class LiveReporter(Reporter):
    """For runs one after the other: what is news, each line with its moment; no stages.

    A trouble is said once until it changes; then after 10 minutes, an hour, six hours and each day
    that it stands, and at last that it is over. `watch` gives seconds.
    """

    def __init__(
        self, stream: TextIO | None = None, watch: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stream)
        self._standing: dict[str, Standing] = {}
        self._watch = watch

    def say(self, line: str) -> None:
        # No result depends on it.
        moment = instant_text(machine_clock().replace(microsecond=0))
        super().say("\n".join(f"{moment}  {each}" for each in line.splitlines()))

    def stands(self, about: str, what: str, line: str) -> None:
        known = self._standing.get(about)
        if known and known.what == what:
            self.still(about)
            return
        self.say(line)
        first = next(iter(line.splitlines()), "")
        self._standing[about] = Standing(what, first, self._watch())

    def still(self, about: str) -> None:
        known = self._standing.get(about)
        if known and self._watch() - known.since >= known.again[0]:
            stood = self._watch() - known.since
            while known.again[0] <= stood:
                last = known.again.pop(0)
                known.again = known.again or [last + STILL_AFTER[-1]]
            self.say(f"Still, for {_lasting(stood)}: {known.line}")

    def over(self, about: str) -> None:
        known = self._standing.pop(about, None)
        if known:
            self.say(f"Over, after {_lasting(self._watch() - known.since)}: {known.line}")

    def idle(self, line: str) -> None:
        pass

    def end(self, stage: str, seconds: float, counts: Mapping[str, object]) -> None:
        pass


class Attempts(logging.Handler):
    """Says what a library of ours logs of its attempts, as a trouble that stands: each attempt at a
    source that is lost has other seconds in it, and is no news."""

    def __init__(self, to: Reporter) -> None:
        super().__init__(logging.WARNING)
        self._to = to

    def emit(self, record: logging.LogRecord) -> None:
        """Of a message with arguments the first says what is wrong."""
        what = str(record.args[0]) if isinstance(record.args, tuple) and record.args else ""
        self._to.stands(f"attempts: {what}", what, record.getMessage())


@contextmanager
def attempts_said(to: Reporter) -> Iterator[None]:
    """While this lasts, `to` says when a source is asked again, and nobody else does."""
    log, handler = logging.getLogger(SOURCES), Attempts(to)
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = True


def _lasting(seconds: float) -> str:
    """As people say how long: 40 s, 12 min, 3 h, 2 days."""
    for unit, size in (("days", 2 * 86_400), ("h", 2 * 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // (size if unit == 'min' else size // 2))} {unit}"
    return f"{int(seconds)} s"


class TerminalReporter(Reporter):
    """Needs a rich `Progress` that is running."""

    def __init__(self, progress: "Progress"):
        super().__init__()
        self.progress = progress

    def begin(self, stage: str) -> None:
        self.task: TaskID = self.progress.add_task(shown(stage), total=None, what="")

    def step(self, stage: str, done: int, total: int | None, what: str) -> None:
        self.progress.update(self.task, completed=done, total=total, what=shown(what))

    def say(self, line: str) -> None:
        self.progress.console.print(shown_lines(line), highlight=False, markup=False)

    def drop(self) -> None:
        self.progress.remove_task(self.task)

    def end(self, stage: str, seconds: float, counts: Mapping[str, object]) -> None:
        self.drop()
        self.say(summary_line(stage, seconds, counts))


@contextmanager
def reporter_for(stream: TextIO) -> Iterator[Reporter]:
    """A bar on a terminal, plain lines in a pipe or a log."""
    if not stream.isatty():
        yield Reporter(stream)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<14}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", style="dim", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        yield TerminalReporter(progress)
