"""`meterhouse deliveries`: what a person sees of messages, and its exit status (S-74)."""

from pathlib import Path

from meterhouse.cli.main import main
from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.deliver import deliver
from tests.unit.meterhouse.delivery.others import BROKEN, GONE, OK, Others, clock, home_with, others
from tests.unit.meterhouse.delivery.world import Clock, endpoint

__all__ = ["clock", "others"]


def test_the_command_lists_shows_and_replays(tmp_path, clock, others, monkeypatch, capsys):
    monkeypatch.setenv("METERHOUSE_HOME", str(home_with(tmp_path, endpoint())))
    others.answers["crm"] = GONE
    deliver(tmp_path, clock, senders=others)
    assert main(["deliveries", "list"]) == 1
    out = capsys.readouterr().out
    assert "invoice.finalized  invoice:acme-1.usage.2026-01-01" in out
    assert "webhook:crm: dead, 1 attempt(s) (410 gone)" in out
    id = out.split()[0]
    assert main(["deliveries", "show", id]) == 0
    assert '"total":"120.5000"' in capsys.readouterr().out
    assert main(["deliveries", "replay"]) == 2
    assert main(["deliveries", "replay", "--dead"]) == 0
    assert main(["deliveries", "list", "--outcome", "waiting", "--target", "webhook:crm"]) == 0
    assert "webhook:crm: waiting" in capsys.readouterr().out
    assert main(["deliveries", "show", "msg_x"]) == 1


def send(monkeypatch, capsys, home: Path, clock: Clock, others: Others) -> tuple[int, str]:
    """`meterhouse deliveries send`: its exit status, and what it prints."""
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    monkeypatch.setattr(deliver, "__defaults__", ((), others, 240.0))
    monkeypatch.setattr("meterhouse.warehouse.clock.machine_clock", clock)
    status = main(["deliveries", "send"])
    return status, capsys.readouterr().out


def test_send_says_for_each_target_what_failed_and_why(
    tmp_path, clock, others, monkeypatch, capsys
):
    home = home_with(tmp_path, endpoint("crm"), endpoint("erp"), endpoint("log"), invoices=2)
    others.answers["crm"], others.answers["erp"] = BROKEN, GONE
    status, out = send(monkeypatch, capsys, home, clock, others)
    assert status == 1
    assert out.splitlines() == [
        "Deliveries: 2 dead, 2 delivered, 2 failed.",
        "  webhook:crm: 2 failed (503 broken); tried again by itself, see: meterhouse deliveries "
        "list --target webhook:crm",
        "  webhook:erp: 2 dead (410 gone); given up; mend the receiver, then: meterhouse "
        "deliveries replay --dead --target webhook:erp",
    ]


def test_send_exits_0_where_each_target_took_something(
    tmp_path, clock, others, monkeypatch, capsys
):
    home = home_with(tmp_path, endpoint("crm"), invoices=2)
    answers = iter([OK, BROKEN])
    others.answers["crm"] = lambda _: next(answers)
    status, out = send(monkeypatch, capsys, home, clock, others)
    assert (status, "1 failed (503 broken)" in out) == (0, True)
    assert send(monkeypatch, capsys, home, clock, others) == (0, "Deliveries: nothing was due.\n")


def test_send_says_which_target_it_leaves_alone(tmp_path, clock, others, monkeypatch, capsys):
    home = home_with(tmp_path, endpoint("crm"), invoices=5)
    others.answers["crm"] = Answer(None, "no connection")
    status, out = send(monkeypatch, capsys, home, clock, others)
    assert status == 1
    assert "webhook:crm: 3 failed (no connection)" in out
    assert "webhook:crm: it did not answer three times in a row" in out
