"""When `meterhouse live` runs; guards against events that wait, and against runs without an end."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from meterhouse.common.progress import Reporter, reporting_to
from meterhouse.ledger.errors import LedgerError
from meterhouse.run import live
from meterhouse.run.errors import CodeChanged, LiveAlready
from meterhouse.run.live import Live, only_live
from meterhouse.run.waiting import Seen

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Machine:
    """A machine whose clocks, files and runs a test moves; `script` is done one entry a turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.seconds, self.now = 0.0, NOON
        self.state = Seen(1, -1, ())
        self.waiting, self.code = False, "a"
        self.sources: set[str] = set()
        self.runs: list[float] = []
        self.left: list[set[str]] = []
        self.outcome: Callable[[], object] = self.passed
        self.published: list[object] = []
        self.said: list[str] = []
        monkeypatch.setattr(live, "seen", lambda home: self.state)
        monkeypatch.setattr(live, "waits", lambda home, as_of: self.what_waits())
        monkeypatch.setattr(live, "code_stamps", lambda: self.code)
        monkeypatch.setattr(live, "run_once", self.run_once)
        # There is no data directory.
        for noting in ("note_failure", "note_standing"):
            monkeypatch.setattr(live, noting, lambda home, what: None)
        monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=lambda: self.seconds))

    def what_waits(self) -> frozenset[tuple[str, int, int]]:
        """A segment, of which a test says whether it waits, and sources that are stopped."""
        names = self.sources | ({"segment"} if self.waiting else set())
        return frozenset((name, 1, 1) for name in names)

    def run_once(self, home: Path, clock: object, leave: Collection[str]) -> object:
        self.runs.append(self.seconds)
        self.left.append(set(leave))
        return self.outcome()

    def passed(self, trouble: Exception | None = None) -> object:
        """A run that published what there is."""
        inputs = SimpleNamespace(
            log_version=self.state.log_version, ledger_version=self.state.ledger_version
        )
        published = SimpleNamespace(trouble=trouble)
        until = self.now + timedelta(hours=12)
        return SimpleNamespace(inputs=inputs, published=published, stands_until=until)

    def lands(self) -> object:
        """A run that landed what waited."""
        self.waiting = False
        self.state = Seen(self.state.log_version + 1, *self._rest())
        return self.passed()

    def _rest(self) -> tuple[int, tuple[()]]:
        return self.state.ledger_version, ()

    def moment(self) -> datetime:
        return self.now

    def go(
        self,
        *turns: Callable[[], object],
        step: float = 1.0,
        reporter: Reporter | None = None,
    ) -> list[float]:
        """Do one entry of `turns` after each look; the seconds at which runs began."""
        left = list(turns)

        def wait(_: float) -> bool:
            if not left:
                return True
            left.pop(0)()
            self.seconds += step
            return False

        class Heard(Reporter):
            def say(_, line: str) -> None:
                self.said.append(line)

        with reporting_to(reporter or Heard()):
            Live(Path("home"), self, wait, lambda run, _: self.published.append(run)).run()
        return self.runs

    def nothing(self) -> None:
        """A turn in which nothing happens."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_it_runs_at_its_start_and_then_rests(machine: Machine):
    assert machine.go(*[machine.nothing] * 5) == [0]
    assert len(machine.published) == 1


def test_it_runs_when_a_payment_has_come(machine: Machine):
    """S-72."""

    def paid() -> None:
        machine.state = Seen(1, -1, (), 4)

    assert machine.go(machine.nothing, paid, machine.nothing, machine.nothing) == [0, 2]


def test_it_runs_when_something_waits_is_edited_or_was_made_final(machine: Machine):
    machine.outcome = machine.lands

    def waits() -> None:
        machine.waiting = True

    def edits() -> None:
        machine.state = Seen(machine.state.log_version, -1, (("rates.csv", 1, 1),))

    def voids() -> None:
        machine.state = Seen(machine.state.log_version, 0, machine.state.edited)

    assert machine.go(waits, edits, machine.nothing, machine.nothing, machine.nothing)[:3] == [
        0,
        1,
        2,
    ]
    machine.runs.clear()
    machine.outcome = machine.passed
    assert machine.go(machine.nothing, voids, *[machine.nothing] * 3) == [5, 7]


def test_it_runs_at_the_moment_at_which_the_clock_changes_something(machine: Machine):
    def midnight() -> None:
        machine.now += timedelta(hours=12)

    assert machine.go(machine.nothing, midnight, machine.nothing) == [0, 2]


def test_what_fails_is_said_once_and_tried_again_ever_more_rarely(machine: Machine):
    def fails() -> object:
        raise LedgerError("The ledger cannot be read.")

    machine.outcome = fails
    machine.waiting = True
    assert machine.go(*[machine.nothing] * 200) == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert machine.said == ["The ledger cannot be read."]


def test_an_edit_ends_the_pause_at_once(machine: Machine):
    def fails() -> object:
        raise LedgerError("The price book is not valid.")

    def edits() -> None:
        machine.state = Seen(1, -1, (("rates.csv", 2, 2),))
        machine.outcome = machine.passed

    machine.outcome = fails
    assert machine.go(*[machine.nothing] * 5, edits, machine.nothing, machine.nothing) == [
        0,
        1,
        3,
        6,
    ]


def test_what_waits_and_does_not_land_is_not_asked_all_the_time(machine: Machine):
    machine.waiting = True
    assert machine.go(*[machine.nothing] * 20) == [0, 1, 3, 7, 15]


def test_nothing_waits_for_a_source_that_is_stopped(machine: Machine):
    machine.sources = {"stopped"}

    def another() -> None:
        machine.sources.add("other")

    def sent() -> None:
        machine.waiting, machine.outcome = True, machine.lands

    turns = [machine.nothing] * 16 + [sent, another] + [machine.nothing] * 40
    # 0 to 15 and 31: the source alone, ever more rarely; 17 what was sent; then the other source.
    assert machine.go(*turns) == [0, 1, 3, 7, 15, 17, 18, 19, 21, 25, 31, 33, 49]
    # To find that it cannot be reached takes long: what was sent does not wait for that.
    assert machine.left[:6] == [set()] * 5 + [{"stopped"}]


def test_after_an_edit_every_source_is_asked(machine: Machine):
    machine.sources = {"stopped"}

    def edits() -> None:
        machine.state = Seen(machine.state.log_version, -1, (("shop.sql", 1, 1),))

    turns = [machine.nothing] * 3 + [edits, machine.nothing]
    assert machine.go(*turns) == [0, 1, 3, 4] and machine.left == [set()] * 4


def test_what_arrives_ends_the_pause_after_a_failure(machine: Machine):
    def fails() -> object:
        raise LedgerError("The price book is not valid.")

    def sent() -> None:
        machine.waiting, machine.outcome = True, machine.lands

    machine.outcome = fails
    assert machine.go(*[machine.nothing] * 9, sent, *[machine.nothing] * 9) == [0, 1, 3, 7, 10]


def test_trouble_after_publishing_is_said_and_not_repeated(machine: Machine):
    held = LedgerError("Contract acme-1 is held.")
    machine.outcome = lambda: machine.passed(held)
    assert machine.go(*[machine.nothing] * 5) == [0]
    assert machine.said == ["Contract acme-1 is held."]


def test_changed_code_stops_it_before_the_next_run(machine: Machine):
    def updates() -> None:
        machine.code, machine.waiting = "b", True

    with pytest.raises(CodeChanged, match="start it again"):
        machine.go(updates, machine.nothing)
    assert machine.runs == [0]


def test_a_second_live_is_refused(tmp_path: Path):
    with (
        only_live(tmp_path / "home"),
        pytest.raises(LiveAlready, match=r"already \(process \d+\)") as refused,
        only_live(tmp_path / "home"),
    ):
        raise AssertionError("two are live")
    assert refused.value.exit_status == 1
    with only_live(tmp_path / "home"):
        pass
