"""What `meterhouse live` prints: each line with its moment, each trouble once while it stands."""

import io
from datetime import datetime

import pytest

from meterhouse.cli.reporters import LiveReporter, attempts_said
from meterhouse.common.progress import reporting_to
from meterhouse.run.land import _say
from raw_events.collectors.collect import Collected
from raw_events.collectors.errors import Unreachable
from raw_events.collectors.retries import retried
from tests.unit.meterhouse.run.test_live import Machine


class Terminal:
    """What a person reads, and a stop-watch that a test moves."""

    def __init__(self) -> None:
        self.out, self.seconds = io.StringIO(), 0.0
        self.live = LiveReporter(self.out, lambda: self.seconds)

    def lines(self) -> list[str]:
        """Without their moments, which each has."""
        cut = [line.split("Z  ", 1) for line in self.out.getvalue().splitlines()]
        assert all(datetime.fromisoformat(f"{moment}Z") for moment, _ in cut)
        return [said for _, said in cut]


def test_what_stands_is_said_once_and_what_is_no_news_is_not_said():
    """A stopped source is read again at every run, and healthy ones have nothing new mostly."""
    terminal = Terminal()
    with reporting_to(terminal.live):
        for source in (
            Collected("a", error="a: no.\nreally"),
            Collected("a", error="a: no.\nreally"),
            Collected("b"),
            Collected("a", error="a: other."),
            Collected("a"),
            Collected("a", error="a: other."),
        ):
            _say(source)
        terminal.live.idle("Nothing is new since yesterday.")
    assert terminal.lines() == [
        "source a is stopped: no.",
        "really",
        "source a is stopped: other.",
        "Over, after 0 s: source a is stopped: other.",
        "source a is stopped: other.",
    ]


def test_that_a_trouble_stands_is_said_ever_more_rarely():
    terminal = Terminal()
    for minutes in range(3 * 24 * 60):
        terminal.seconds = 60.0 * minutes
        terminal.live.stands("run", "the disk is full", "The disk is full.\nFree space.")
    terminal.live.over("run")
    assert terminal.lines() == [
        "The disk is full.",
        "Free space.",
        "Still, for 10 min: The disk is full.",
        "Still, for 60 min: The disk is full.",
        "Still, for 6 h: The disk is full.",
        "Still, for 24 h: The disk is full.",
        "Still, for 2 days: The disk is full.",
        "Over, after 2 days: The disk is full.",
    ]


def test_attempts_at_a_source_that_is_lost_have_a_moment_and_are_said_once(monkeypatch, capsys):
    """They have other seconds in them each time, and came past the reporter on standard error."""
    pytest.importorskip("stamina")
    terminal = Terminal()

    def lost() -> None:
        raise Unreachable("shop: no connection.")

    monkeypatch.setattr("stamina._core._smart_sleep", lambda _: None, raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with attempts_said(terminal.live):
        for _ in range(2):
            with pytest.raises(Unreachable):
                retried(lost)
    [line] = terminal.lines()
    assert line.startswith("shop: no connection. It is tried again in ")
    assert "tried again" not in "".join(capsys.readouterr())


def test_a_run_that_fails_for_long_is_said_once_still_and_over(monkeypatch):
    terminal, machine = Terminal(), Machine(monkeypatch)

    def fails() -> object:
        terminal.seconds = machine.seconds
        raise RuntimeError("no")

    def passes() -> object:
        terminal.seconds = machine.seconds
        return machine.passed()

    def mends() -> None:
        machine.outcome = passes

    machine.outcome = fails
    machine.go(*[machine.nothing] * 700, mends, *[machine.nothing] * 70, reporter=terminal.live)
    said = [line.partition(":")[0] for line in terminal.lines()]
    assert said == ["RuntimeError", "Still, for 10 min", "Over, after 12 min"]
