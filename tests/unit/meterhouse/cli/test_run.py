"""What `meterhouse run` says at its end. Guards against a run that made invoices final unsaid."""

import pytest

from meterhouse.cli.commands import run
from meterhouse.cli.main import main
from meterhouse.warehouse.errors import ClockError, ContractsHeld

KEPT = "Keep this line elsewhere: no invoice, ledger"


@pytest.mark.parametrize(
    ("stopped", "status", "is_said"),
    [(None, 0, True), (ContractsHeld("acme-1 is held"), 1, True), (ClockError("early"), 2, False)],
)
def test_the_line_to_keep_is_said_when_marts_were_published(
    tmp_path, monkeypatch, capsys, stopped, status, is_said
):
    """A held contract (S-52) fails the run after all others became final."""

    def job(home, **_) -> None:
        # As Dagster hands it over: wrapped.
        if stopped:
            raise RuntimeError("a step failed") from stopped

    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setattr(run, "_pipeline", lambda: job)
    assert main(["run", "--as-of", "2026-02-02T00:00:00Z"]) == status
    assert (KEPT in capsys.readouterr().out) is is_said
