"""A payment that was entered for the wrong invoice (S-72).

Guards against one that counts on, one that is removed, and against what a provider says being taken
out by hand.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.cli.main import main
from meterhouse.delivery.billing.entered import Entry, enter
from meterhouse.delivery.billing.listed import list_payments
from meterhouse.delivery.billing.withdrawn import withdraw
from meterhouse.ledger.finalize import finalize
from meterhouse.payments.errors import PaymentError
from meterhouse.payments.log import Payments, payments_table
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

NOW, DAY = datetime(2025, 2, 10, 12, tzinfo=UTC), "2025-02-05"
LATER = NOW + timedelta(days=1)
WRONG, RIGHT = Entry("INV-000001", on=DAY), Entry("INV-000002", on=DAY)


@pytest.fixture
def home(tmp_path):
    """Two final invoices, INV-000001 of 1.26 USD and INV-000002 of 1.27 USD."""
    with in_memory() as con:
        prepare(con, tmp_path)
        hand_over(con, 2)
        finalize(con, tmp_path, FEBRUARY)
    return tmp_path


def entered(home, entry):
    return enter(home, [entry], NOW, "kim")


def owed(home, invoice):
    return list_payments(home, invoice, 9).invoice["due"]


def stripe_said(home, invoice_id):
    row = {"provider": "stripe", "event_id": "evt_1", "status": "paid", "invoice_id": invoice_id,
           "amount": Decimal("1.26"), "currency": "USD", "occurred_at": NOW}  # fmt: skip
    Payments(home).append([row], lambda: NOW)


def test_it_counts_no_more_and_stays_in_the_log(home):
    [event] = entered(home, WRONG).new
    assert owed(home, "INV-000001") == 0
    done = withdraw(home, event["event_id"], " of  INV-000002 ", LATER, "jo")
    assert (done.is_new, done.event["invoice_id"]) == (True, event["invoice_id"])
    assert owed(home, "INV-000001") == Decimal("1.26")
    found = list_payments(home, "INV-000001", 9)
    [row] = found.rows
    assert (found.count, row["withdrawn_by"], row["withdrawn_because"], row["withdrawn_since"]) == (
        1, "jo", "of INV-000002", LATER,
    )  # fmt: skip
    assert entered(home, RIGHT).new


def test_withdrawn_again_it_changes_nothing(home):
    [event] = entered(home, WRONG).new
    withdraw(home, event["event_id"], "wrong", LATER, "jo")
    version = payments_table(home).version()
    assert not withdraw(home, event["event_id"], "wrong", LATER, "kim").is_new
    assert payments_table(home).version() == version


def test_what_was_withdrawn_by_mistake_is_entered_once_more(home):
    [event] = entered(home, WRONG).new
    withdraw(home, event["event_id"], "wrong", LATER, "jo")
    [again] = entered(home, WRONG).new
    assert again["event_id"] != event["event_id"] and owed(home, "INV-000001") == 0
    assert entered(home, WRONG).known == 1
    withdraw(home, again["event_id"], "wrong after all", LATER, "jo")
    assert owed(home, "INV-000001") == Decimal("1.26")


def test_of_what_was_withdrawn_nothing_stands_in_the_way_of_a_payment(home):
    part = Entry("INV-000001", on=DAY, status="partially_paid", amount="1.00")
    [event] = entered(home, part).new
    withdraw(home, event["event_id"], "wrong", LATER, "jo")
    assert entered(home, replace(part, amount="0.50")).new
    assert owed(home, "INV-000001") == Decimal("0.76")


@pytest.mark.parametrize(
    ("event", "reason", "says"),
    [
        ("entered_9", "wrong", "no event 'entered_9'"),
        ("", "wrong", "no event"),
        ("evt_1", "wrong", "is what stripe says"),
        (None, " ", "needs a reason"),
        (None, "x" * 501, "needs a reason"),
        ("withdrawn_", "wrong", "is a withdrawal"),
    ],
)
def test_what_cannot_be_withdrawn(home, event, reason, says):
    [row] = entered(home, WRONG).new
    stripe_said(home, row["invoice_id"].replace("c000001", "c000002"))
    if event == "withdrawn_":
        withdraw(home, row["event_id"], "wrong", LATER, "jo")
        event += row["event_id"]
    version = payments_table(home).version()
    with pytest.raises(PaymentError, match=says):
        withdraw(home, row["event_id"] if event is None else event, reason, LATER, "jo")
    assert payments_table(home).version() == version


def test_events_of_unknown_invoices_are_shown_and_can_be_withdrawn(home, monkeypatch, capsys):
    """As of another installation that bills into the same account at Stripe."""
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    entered(home, WRONG)
    assert main(["payments", "list", "--unknown"]) == 0
    stripe_said(home, "other.1")
    capsys.readouterr()
    assert main(["payments", "list", "INV-000001"]) == 0
    said = capsys.readouterr().out
    assert "INV-000001: 1.26 USD, received 1.26, still owed 0.00" in said
    assert "1 event(s) are of invoices that the ledger does not have" in said
    assert main(["payments", "list", "--unknown"]) == 1
    said = capsys.readouterr().out
    assert "other.1  stripe evt_1" in said and "c000001" not in said
    asked = ["payments", "withdraw", "evt_1", "--reason", "a test", "--as-of", LATER.isoformat()]
    assert main(asked) == 0
    assert "paid of 1.26 USD for other.1 counts no more." in capsys.readouterr().out
    assert main(["payments", "list", "--unknown"]) == 0
