"""What `meterhouse live` leaves for those who are told how it is (S-76)."""

from meterhouse.ledger.errors import LedgerError
from meterhouse.run import live
from tests.unit.meterhouse.run.test_live import Machine


def fails() -> object:
    """A run that cannot be done."""
    raise LedgerError("The price book is not valid.")


def test_what_stands_is_noted_while_nothing_is_due_and_never_in_a_pause(monkeypatch):
    """Who asks whether a customer may go on asks how old the answer is (S-76)."""
    noted: list[float] = []
    machine = Machine(monkeypatch)
    monkeypatch.setattr(live, "note_standing", lambda home, at: noted.append(machine.seconds))
    machine.go(*[lambda: None] * 130)
    assert noted == [60.0, 120.0]
    noted.clear()
    machine = Machine(monkeypatch)
    machine.outcome = fails
    machine.go(*[lambda: None] * 130)
    assert noted == []


def test_what_fails_is_noted_for_those_who_are_told_of_it(monkeypatch):
    """Once, as it is said once; `live` has no history in Dagster."""
    machine = Machine(monkeypatch)
    machine.outcome = fails
    noted: list[str] = []
    monkeypatch.setattr(live, "note_failure", lambda home, failed: noted.append(failed.error))
    machine.go(*[lambda: None] * 20)
    assert noted == machine.said and len(noted) == 1
