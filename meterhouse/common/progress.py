"""What a run says while it works.

The assets report here, whoever runs them. In the web interface the lines go to the step's output;
the command line puts its own reporter in place.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from raw_events.common.text import shown_lines


class Reporter:
    """Plain lines: what a log wants. On standard output, or on `stream`."""

    def __init__(self, stream: TextIO | None = None):
        self.stream = stream

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def step(self, stage: str, done: int, total: int | None, what: str) -> None:
        """`done` of `total` parts (None: not known) of the stage are ready, `what` the latest."""

    def say(self, line: str) -> None:
        """Something worth knowing while waiting."""
        print(shown_lines(line), file=self.stream, flush=True)

    def stands(self, about: str, what: str, line: str) -> None:
        """`line` says `what` stands in the way of something until it is `over`.

        Runs one after the other say it once, until `what` changes.
        """
        self.say(line)

    def still(self, about: str) -> None:
        """What stood stands: runs one after the other say so now and then."""

    def over(self, about: str) -> None:
        """What stood is over."""

    def idle(self, line: str) -> None:
        """That there was nothing to do."""
        self.say(line)

    def drop(self) -> None:
        """The stage that began is over, and there is nothing to say of it."""

    def end(self, stage: str, seconds: float, counts: Mapping[str, object]) -> None:
        """A stage is done; `counts` are what a person wants to know of it."""
        self.say(summary_line(stage, seconds, counts))


_reporter: ContextVar[Reporter] = ContextVar("reporter")
_default = Reporter()
_seconds: dict[str, float] = {}


def reporter() -> Reporter:
    """The reporter in place."""
    return _reporter.get(_default)


@contextmanager
def reporting_to(new: Reporter) -> Iterator[Reporter]:
    """Put a reporter in place for what runs inside."""
    token = _reporter.set(new)
    try:
        yield new
    finally:
        _reporter.reset(token)


@contextmanager
def stage(name: str) -> Iterator[dict[str, Any]]:
    """Report a stage with its duration; fill the yielded counts before the end."""
    started = time.monotonic()
    counts: dict[str, Any] = {}
    reporter().begin(name)
    yield counts
    _seconds[name] = time.monotonic() - started
    reporter().end(name, _seconds[name], counts)


def stage_seconds() -> dict[str, float]:
    """How long the stages that have ended took, by name; a process makes one run at a time."""
    return dict(_seconds)


def forget_stages() -> None:
    """When a run begins."""
    _seconds.clear()


def summary_line(stage_name: str, seconds: float, counts: Mapping[str, object]) -> str:
    """`ledger        0.3 s  final invoices 12, numbers INV-000001 to INV-000012`"""
    shown = ", ".join(
        f"{name} {value:,}" if isinstance(value, int) else f"{name} {value}"
        for name, value in counts.items()
        if value is not None
    )
    return f"{stage_name:<14}{seconds:6.1f} s  {shown}".rstrip()
