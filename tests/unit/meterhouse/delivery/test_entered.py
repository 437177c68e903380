"""Payments that a person enters (S-72): guards against one that is entered twice, for an invoice
that there is not, in another currency, or that pays less than it says."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.cli.commands.payments import STATUSES
from meterhouse.delivery.billing.entered import (
    ENTERED,
    LOCK,
    Entry,
    _enter,
    enter,
    read_entries,
)
from meterhouse.delivery.billing.listed import list_payments
from meterhouse.ledger.finalize import finalize
from meterhouse.ledger.void import void_invoice
from meterhouse.payments.errors import PaymentError
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare

NOW = datetime(2025, 2, 10, 12, tzinfo=UTC)
DAY = "2025-02-05"


@pytest.fixture
def home(tmp_path):
    """Two final invoices, INV-000001 and INV-000002, of 1.26 USD each."""
    with in_memory() as con:
        prepare(con, tmp_path)
        hand_over(con, 2)
        finalize(con, tmp_path, FEBRUARY)
    return tmp_path


def total(home):
    return enter(home, [Entry("INV-000002", on=DAY, reference="look")], NOW, "kim").new[0]["amount"]


def entered(home, *entries):
    return enter(home, entries, NOW, "kim")


def test_the_command_knows_the_statuses():
    assert sorted(STATUSES) == sorted(ENTERED)


def test_what_is_entered_again_is_known(home):
    first = entered(home, Entry("INV-000001", on=DAY))
    [row] = first.new
    assert (row["invoice_id"], row["status"], row["recorded_by"], row["received_at"]) == (
        "c000001.usage.2025-01-01", "paid", "kim", NOW,
    )  # fmt: skip
    assert row["occurred_at"] == datetime(2025, 2, 5, tzinfo=UTC)
    # By its id it is the same invoice.
    again = enter(home, [Entry("c000001.usage.2025-01-01", on=DAY)], NOW + timedelta(days=1), "jo")
    assert (again.new, again.known) == ([], 1)
    other = entered(home, Entry("INV-000001", on=DAY, reference="B-17", status="refunded"))
    assert len(other.new) == 1
    found = list_payments(home, "INV-000001", 10)
    assert (found.count, {row["status"] for row in found.rows}) == (2, {"paid", "refunded"})
    assert list_payments(home, None, 1).count == 2
    assert list_payments(home, "INV-000002", 10).rows == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"invoice": "INV-000009"}, "no final invoice"),
        ({"invoice": "c000001.usage.2025-02-01"}, "no final invoice"),
        ({"currency": "EUR"}, "is in USD"),
        ({"status": "settled"}, "no status"),
        ({"status": "void"}, "no status"),
        ({"on": "2025-02-30"}, "neither a day"),
        ({"on": "05.02.2025"}, "neither a day"),
        ({"on": ""}, "neither a day"),
        ({"on": "2025-02-11"}, "later than"),
        ({"amount": "1,26"}, "no amount"),
        ({"amount": "-1.26"}, "no amount"),
        ({"amount": "NaN"}, "no amount"),
        ({"amount": "1e400"}, "no amount"),
        ({"amount": "0.00001"}, "no amount"),
        ({"amount": "0.5"}, "partially_paid"),
        ({"status": "partially_paid"}, "needs an amount"),
        ({"status": "partially_refunded"}, "needs an amount"),
        ({"status": "partially_paid", "amount": "1.26"}, "the status is paid"),
    ],
)
def test_a_row_that_is_wrong_stops_all_of_them(home, wrong, says):
    right = Entry("INV-000002", on=DAY)
    with pytest.raises(PaymentError, match=says) as error:
        entered(home, right, Entry(**{"invoice": "INV-000001", "on": DAY, **wrong}))
    assert "Nothing was recorded." in str(error.value)
    assert list_payments(home, None, 10).count == 0


def test_parts_make_up_the_whole(home):
    whole = total(home)
    part = Decimal("0.5")
    of = {"invoice": "INV-000001", "on": DAY}
    parts = [
        Entry(**of, status="partially_paid", amount=str(part), reference="B-1"),
        Entry(**of, amount=str(whole - part), reference="B-2"),
    ]
    assert len(entered(home, *parts).new) == 2
    # Of the first part, entered again, nothing is counted twice.
    with pytest.raises(PaymentError, match="is paid already"):
        entered(home, parts[0], Entry(**of, amount=str(whole - part - part), reference="B-3"))
    assert entered(home, *parts).known == 2


def test_the_list_of_an_invoice_says_what_it_comes_to(home):
    of = {"invoice": "INV-000001", "on": DAY}
    happened = [
        (Entry(**of, status="partially_paid", amount="0.50"), "0.50", "0.76"),
        (Entry(**of), "1.26", "0.00"),
        (Entry(**of, status="partially_refunded", amount="0.20"), "1.06", "0.00"),
        (Entry(**of, status="charged_back"), "0.00", "1.26"),
        (Entry(**of, reference="again"), "1.26", "0.00"),
    ]
    for day, (entry, received, due) in enumerate(happened, 1):
        entered(home, replace(entry, on=f"2025-02-0{day}"))
        one = list_payments(home, "INV-000001", 10).invoice
        assert (one["received"], one["due"]) == (Decimal(received), Decimal(due)), entry


def test_a_refund_of_a_part_is_not_one_of_all(home):
    entered(home, Entry("INV-000001", on=DAY))
    with pytest.raises(PaymentError, match="the status is partially_refunded"):
        entered(home, Entry("INV-000001", on=DAY, status="refunded", amount="1.25"))
    assert entered(home, Entry("INV-000001", on=DAY, status="refunded", amount="1.26")).new


def test_a_file(home, tmp_path):
    file = tmp_path / "bank.csv"
    file.write_text(
        "\ufeffinvoice, on,status,reference\n"
        'INV-000001,2025-02-05,,"B-17, of Monday"\n\n'
        "INV-000002,2025-02-06T10:00:00+01:00,payment_failed,\n"
    )
    done = enter(home, read_entries(file), NOW, "kim")
    assert [row["status"] for row in done.new] == ["paid", "payment_failed"]
    assert done.new[1]["occurred_at"] == datetime(2025, 2, 6, 9, tzinfo=UTC)
    file.write_text("invoice,on\nINV-000001,2025-02-05\nINV-000007,2025-02-05\nINV-8,x\n")
    with pytest.raises(PaymentError) as error:
        enter(home, read_entries(file), NOW, "kim")
    assert "row 3: " in str(error.value) and "row 4: " in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["", "invoice\nINV-1\n", "invoice,on,paid\n", "invoice,on,on\n", "invoice,on\nINV-1\n",
     'invoice,on\n"INV-1,x\n', "invoice;on\nINV-1;x\n"],
)  # fmt: skip
def test_a_file_that_is_no_such_table(tmp_path, text):
    file = tmp_path / "bank.csv"
    file.write_text(text)
    with pytest.raises(PaymentError):
        read_entries(file)


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ({}, {"reference": "again"}, "is paid already"),
        ({}, {"reference": "again", "status": "partially_paid", "amount": "1"}, "is paid already"),
        (
            {"status": "partially_paid", "amount": "1"},
            {"status": "partially_paid", "amount": "0.30"},
            "more than is owed",
        ),
        (None, {"amount": "126.00"}, "more than is owed"),
    ],
)
def test_more_than_is_owed_is_refused(home, first, second, says):
    """A payment that is typed for another invoice opened commits, and told its customer."""
    if first is not None:
        entered(home, Entry("INV-000001", on=DAY, **first))
    with pytest.raises(PaymentError, match=says):
        entered(home, Entry("INV-000001", on=DAY, **second))


def test_what_went_back_may_be_paid_again_and_a_void_may_not(home):
    for number, status in enumerate(("paid", "refunded", "paid")):
        entered(home, Entry("INV-000001", on=f"2025-02-0{5 + number}", status=status))
    void_invoice(home, "INV-000002", "wrong price", "kim", FEBRUARY)
    with pytest.raises(PaymentError, match="is void: nothing is owed"):
        entered(home, Entry("INV-000002", on=DAY))
    assert entered(home, Entry("INV-000002", on=DAY, status="refunded", amount="1")).new


def test_what_would_count_for_nothing_beside_the_same_day_needs_a_time(home):
    """A day is its first moment: paid again on the day of the refund, all was owed for ever."""
    back, again = Entry("INV-000001", "refunded", DAY), Entry("INV-000001", on=DAY, reference="2")
    # of an invoice that was not paid before there is no doubt, whatever comes first in a file
    entered(home, Entry("INV-000002", "refunded", DAY), Entry("INV-000002", on=DAY))
    for rows in ([Entry("INV-000001", on=DAY), back, again], [again]):
        with pytest.raises(PaymentError, match="at which time this one came"):
            entered(home, *rows)
        entered(home, Entry("INV-000001", on=DAY), back)
    entered(home, replace(again, on=f"{DAY}T14:00:00Z"))
    assert list_payments(home, "INV-000001", 9).invoice["due"] == 0
    with pytest.raises(PaymentError, match="became of it at 2025-02-05T14:00:00"):
        entered(home, replace(back, reference="B-3"))


def test_a_list_of_an_invoice_that_there_is_not_is_an_error(home):
    for _ in range(2):
        with pytest.raises(PaymentError, match="no final invoice 'INV-00001'"):
            list_payments(home, "INV-00001", 10)
        entered(home, Entry("INV-000001", on=DAY))


def test_who_enters_at_the_same_time_waits_and_sees_what_the_other_entered(home):
    part = Entry("INV-000001", "partially_paid", DAY, "0.80", reference="one")
    other = replace(part, reference="two")
    with ThreadPoolExecutor(1) as pool, (home / LOCK).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = pool.submit(entered, home, other)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        _enter(home, [part], NOW, "kim")
        fcntl.flock(held, fcntl.LOCK_UN)
        with pytest.raises(PaymentError, match="Nothing was recorded"):
            waiting.result(timeout=60)
    assert len(list_payments(home, "INV-000001", 10).rows) == 1


def test_where_nothing_was_ever_final_there_is_no_such_invoice(tmp_path):
    with pytest.raises(PaymentError, match="no final invoice"):
        entered(tmp_path / "new", Entry("INV-000001", on=DAY))
