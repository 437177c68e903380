"""`meterhouse void` on the command line: who is asked, what it says, what is published (S-55).

Guards against a void that nobody meant, and one that a crash left unpublished.
"""

import os
import pwd
import shutil
import sys
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from meterhouse.cli.commands.void import _what_was_done
from meterhouse.cli.main import main
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.store import Ledger
from meterhouse.ledger.void import Voided, void_invoice
from meterhouse.payments.log import Payments
from meterhouse.warehouse import publish_voids as publishing
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.marks import current_mark, note_line
from meterhouse.warehouse.publish import publish_marts
from tests.unit.meterhouse.ledger.ledger_cases import (
    FEBRUARY,
    hand_over,
    in_memory,
    pass_build,
    prepare,
)

LATER = "2025-04-02T00:00:00Z"


@pytest.fixture
def home(finalized, monkeypatch):
    """Two final invoices; what is published says so."""
    folder = finalized(1)
    (folder / "price_books" / "book").mkdir(parents=True)
    monkeypatch.setenv("METERHOUSE_HOME", str(folder))
    with in_memory() as con:
        pass_build(con)
        con.execute("create schema marts")
        files = [
            str(folder / "invoices" / str(entry.path)) for entry in Ledger(folder).entries(0, 2)
        ]
        con.execute(
            "create table marts.invoices as "
            f"select *, 'finalized' as status from read_parquet({files})"
        )
        publish_marts(con, folder)
    return folder


def void(*argv: str) -> int:
    return main(["void", "INV-000001", "--reason", "wrong price", "--as-of", LATER, *argv])


def at_a_terminal(monkeypatch, answer: str) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)


def test_without_a_terminal_it_is_refused_with_the_way_to_do_it(home, capsys):
    assert void() == 2
    said = capsys.readouterr().err
    assert "c000001.usage.2025-01-01 (INV-000001) over 1.2600 USD of Müller" in said
    assert "Say it in advance with --yes." in said
    assert Ledger(home).version() == 2


@pytest.mark.parametrize("how", ["yes", "asked", "nobody to ask"])
def test_money_that_was_received_is_said_before_it_is_done(home, monkeypatch, capsys, how):
    """Who voids a paid invoice must know that its replacement asks for the money again."""
    row = {"provider": "stripe", "event_id": "evt_1", "status": "partially_paid", "currency": "USD",
           "invoice_id": "c000001.usage.2025-01-01", "amount": Decimal("0.26"),
           "occurred_at": FEBRUARY}  # fmt: skip
    by_hand = {**row, "provider": "files", "event_id": "entered_1", "status": "paid",
               "amount": Decimal(1), "recorded_by": "kim"}  # fmt: skip
    Payments(home).append([row, by_hand], lambda: FEBRUARY)
    questions = []
    if how == "asked":
        at_a_terminal(monkeypatch, "n")
        monkeypatch.setattr("builtins.input", lambda question: questions.append(question) or "n")
    status = void(*(["--yes"] if how == "yes" else []))
    assert status == {"yes": 0, "asked": 1, "nobody to ask": 2}[how]
    found = capsys.readouterr()
    said = {"yes": found.out, "asked": "".join(questions), "nobody to ask": found.err}[how]
    assert "1.26 USD was received from Müller" in said
    assert "(1.00 entered by hand, 0.26 through stripe)" in said
    assert "the void credits there" in said and "that one asks for all of it again" in said
    if how == "yes":
        assert said.index("was received") < said.index("is void")


def test_of_an_invoice_of_which_nothing_was_received_nothing_is_said(home, capsys):
    assert void("--yes") == 0
    assert "received" not in capsys.readouterr().out


@pytest.mark.parametrize(("answer", "status", "version"), [("", 1, 2), ("n", 1, 2), ("Yes", 0, 3)])
def test_on_a_terminal_it_asks(home, monkeypatch, answer, status, version):
    at_a_terminal(monkeypatch, answer)
    assert void() == status
    assert Ledger(home).version() == version


def test_it_says_the_credit_note_and_publishes_who_did_it(home, capsys):
    assert void("--yes") == 0
    assert capsys.readouterr().out.splitlines() == [
        "c000001.usage.2025-01-01 (INV-000001) over 1.2600 USD is void.",
        "Credit note CN-000001 takes it back.",
        "The next run makes its replacement: meterhouse run",
        f"Keep this line elsewhere: {note_line(current_mark(home))}",
    ]
    assert "CN-000001" in note_line(current_mark(home))
    found = duckdb.sql(f"from '{home}/marts/credit_notes.parquet'").fetchall()
    me = pwd.getpwuid(os.getuid()).pw_name
    assert [(row[0], row[-1]) for row in found] == [("CN-000001", me)]


def test_repeated_after_a_crash_it_publishes_what_was_left(home, capsys):
    void_invoice(home, "INV-000001", "wrong price", "kim", FEBRUARY.replace(month=4))
    assert void("--yes") == 1
    assert "is void already" in capsys.readouterr().err
    query = (
        f"select status from '{home}/marts/invoices.parquet' where invoice_number = 'INV-000001'"
    )
    assert duckdb.sql(query).fetchall() == [("void",)]


def test_what_a_run_made_final_and_did_not_publish_comes_first(home, capsys):
    """Published by a void, it would read final without a line; also by one that is repeated."""
    assert void("--yes") == 0
    later = datetime(2025, 4, 3, tzinfo=UTC)
    with in_memory() as con:
        prepare(con, home, later)
        hand_over(con, 1, first=3, month="2025-03-01")
        finalize(con, home, later)
    before, version = (home / "marts").readlink(), Ledger(home).version()
    for number in ("INV-000001", "INV-000002", "INV-000003"):
        capsys.readouterr()
        again = ["--reason", "x", "--yes", "--as-of", "2025-04-04T00:00:00Z"]
        assert main(["void", number, *again]) == 1
        said = capsys.readouterr().err
        assert "(1, for example c000001.usage.2025-03-01)" in said
        assert "run first: meterhouse run" in said
    assert Ledger(home).version() == version
    assert (home / "marts").readlink() == before


def test_an_invoice_without_a_number_says_so():
    """It may have lines: `zero_invoices` of its contract is `skip`."""
    done = Voided("a", None, "usage", "Acme", "USD", Decimal(0), None, 3)
    assert "It has no number, so there is no credit note." in _what_was_done(done)


@pytest.mark.parametrize(
    ("kind", "bought", "said"),
    [
        ("usage", (), "The next run makes its replacement: meterhouse run"),
        ("late_usage", (), "It is not replaced: its usage is late again."),
        ("scheduled", (), "what the price book says now of its date, which may be nothing"),
        ("scheduled", ("c1.t.1",), "bought on it is gone: c1.t.1. If the threshold is reached"),
    ],
)
def test_it_promises_no_replacement_that_may_not_come(kind, bought, said):
    """A threshold asks anew, a fee that has ended is not invoiced again (S-50, S-58)."""
    done = Voided("a", "INV-000001", kind, "Acme", "USD", Decimal(9), "CN-000001", 3, bought)
    last = _what_was_done(done)[-1]
    assert said in last
    assert ("replacement" in last) == (kind == "usage")


def test_what_is_void_already_is_not_published_from_an_older_ledger(home, capsys):
    """Its mark would go back with it, and the next void would get CN-000002 a second time."""
    assert void("--yes") == 0
    shutil.copytree(home / "invoices", home / "older")
    assert main(["void", "INV-000002", "--reason", "x", "--yes", "--as-of", LATER]) == 0
    mark = (home / "marts" / "evidence.json").read_text()
    assert '"last_credit_note": 2' in mark
    shutil.rmtree(home / "invoices")
    (home / "older").rename(home / "invoices")
    for number in ("INV-000001", "INV-000002"):
        assert main(["void", number, "--reason", "again", "--yes", "--as-of", LATER]) == 1
        assert (
            "older than the published marts, and without its last void" in capsys.readouterr().err
        )
    assert (home / "marts" / "evidence.json").read_text() == mark
    assert Ledger(home).version() == 3


def test_a_disk_that_is_full_says_what_stands(home, capsys, monkeypatch):
    def full(*given):
        raise PublishError("The marts could not be published (disk full).")

    monkeypatch.setattr(publishing, "publish_changed", full)
    assert void("--yes") == 1
    assert "The void stands, but it is not published yet." in capsys.readouterr().err
    assert Ledger(home).version() == 3


def test_an_invoice_that_is_not_there_is_said_before_anybody_is_asked(home, capsys):
    assert main(["void", "INV-000009", "--reason", "x"]) == 1
    assert "There is no final invoice 'INV-000009'" in capsys.readouterr().err
    assert main(["void", "INV-000001", "--reason", " "]) == 1
    assert "needs a reason" in capsys.readouterr().err
