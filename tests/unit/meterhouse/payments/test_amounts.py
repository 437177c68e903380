"""How much was received of an invoice and what is still owed, by the models' SQL (S-72).

Guards against money that is counted twice, or beyond what was asked for, and against an amount that
depends on the order of arrival. `worked_out` does the same event by event.
"""

import random
from decimal import Decimal

import pytest

from meterhouse.common.model_sql import macro_sql
from tests.unit.meterhouse.payments.payment_cases import (
    TOTAL,
    minutes,
    modelled,
    payment,
    withdrawal,
)

LATER = minutes(600)
RANKS = {"payment_failed": 1, "partially_paid": 2, "paid": 4, "partially_refunded": 5,
         "disputed": 6, "refunded": 7, "charged_back": 8}  # fmt: skip
_DUE = macro_sql("amount_due(\"'finalized'\", 'invoices.total', 'payment_states')")


def received(rows, total="100", as_of=LATER):
    """(received, still owed) of acme.1, after checking that its events add up to the first."""
    with modelled(rows, as_of, {"acme.1": Decimal(total)}) as con:
        [found] = con.execute(
            f"select coalesce(amount_received, 0), ({_DUE})::decimal(20, 4) from ledger.invoices "
            "left join payment_states using (invoice_id)"
        ).fetchall()
        [(summed, counted, events)] = con.execute(
            "select coalesce(sum(amount_counted), 0), count(*), count(distinct (provider, "
            "event_id)) from payment_amounts"
        ).fetchall()
        assert (summed, counted) == (found[0], events)
        return found


def of(*happened):
    """Rows of (status, amount, more), a minute after the other."""
    return [
        payment(f"e{number}", status, at=minutes(number),
                amount=None if amount is None else Decimal(amount), **(more[0] if more else {}))
        for number, (status, amount, *more) in enumerate(happened)
    ]  # fmt: skip


def back(amount, kind="charge.refunded"):
    return {"given_back": Decimal(amount), "event_type": kind}


FILES = {"provider": "files"}
CASES = {
    "nothing": ([], ("0", "100")),
    "it failed": ([("payment_failed", "100")], ("0", "100")),
    "a part": ([("partially_paid", "30.25")], ("30.25", "69.75")),
    "two parts": ([("partially_paid", "30"), ("partially_paid", "20.0001")],
                  ("50.0001", "49.9999")),
    "parts and the rest": ([("partially_paid", "30"), ("paid", "70")], ("100", "0")),
    "a part, and the total by default": ([("partially_paid", "30"), ("paid", "100")], ("100", "0")),
    "told by two sides": ([("paid", "100"), ("paid", "100", FILES)], ("100", "0")),
    "in part from a balance at the provider": ([("paid", "70")], ("70", "0")),
    "given up after a part": ([("partially_paid", "30"), ("uncollectible", "70")], ("30", "70")),
    "a part given back": ([("paid", "100"), ("partially_refunded", "30")], ("70", "0")),
    "all given back": ([("paid", "100"), ("refunded", None)], ("0", "100")),
    "given back and paid again": ([("paid", "100"), ("refunded", None), ("paid", None)],
                                  ("100", "0")),
    "charged back": ([("paid", "100"), ("disputed", "100"), ("charged_back", "100")],
                     ("0", "100")),
    "disputed": ([("paid", "100"), ("disputed", "100")], ("100", "0")),
    "a dispute that was won": (
        [("paid", "70"), ("disputed", "70"),
         ("paid", "70", {"event_type": "charge.dispute.closed"})],
        ("70", "0"),
    ),
    "money back of which nothing came": ([("partially_refunded", "30")], ("0", "100")),
    "refunds of two charges, each said as the sum": (
        [("paid", "100"), ("partially_refunded", "60", back("60")),
         ("refunded", "40", back("100"))],
        ("0", "100"),
    ),
    "the same refund told twice": (
        [("paid", "100"), ("partially_refunded", "30", back("30")),
         ("partially_refunded", "30", back("30"))],
        ("70", "0"),
    ),
    "a refund that failed": (
        [("paid", "100"), ("refunded", "100", back("100")), ("paid", "100", back("0",
         "refund.failed"))],
        ("100", "0"),
    ),
    "one of two refunds failed": (
        [("paid", "100"), ("partially_refunded", "60", back("60")), ("refunded", "40", back("100")),
         ("partially_refunded", "40", back("60", "refund.failed"))],
        ("40", "0"),
    ),
    "a dispute in between that says what was given back": (
        [("paid", "100"), ("disputed", "100", back("30", "charge.dispute.created")),
         ("partially_refunded", "30", back("30"))],
        ("70", "0"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("happened", "expected"), CASES.values(), ids=CASES.keys())
def test_what_counts_and_what_is_owed(happened, expected):
    rows = of(*happened)
    for order in (rows, rows[::-1]):
        assert received(order) == tuple(map(Decimal, expected))


def test_nothing_is_received_or_owed_of_a_credit():
    assert received(of(("paid", "-5")), "-5") == (0, 0)


def test_what_was_withdrawn_moved_nothing():
    rows = of(("partially_paid", "30"), ("paid", "70"))
    taken = [*rows, withdrawal(rows[1], minutes(30))]
    assert received(taken, as_of=minutes(29)) == (100, 0)
    assert received(taken, as_of=minutes(30)) == (30, 70)


def test_another_currency_and_an_unknown_invoice_count_nowhere():
    rows = [payment("e1", amount=Decimal(100), currency="EUR"),
            payment("e2", amount=Decimal(100), invoice_id="nobody")]  # fmt: skip
    with modelled(rows, LATER, {"acme.1": Decimal(100)}) as con:
        assert con.execute("select count(*) from payment_amounts").fetchall() == [(0,)]


def worked_out(rows, total):
    """Received, event by event in the order in which they happened."""
    found, given_back = Decimal(0), {}
    for row in sorted(rows, key=lambda row: (row["occurred_at"], RANKS[row["status"]],
                                             row["event_id"], row["provider"])):  # fmt: skip
        status, amount = row["status"], row["amount"]
        if row.get("given_back") is not None:
            before = given_back.get(row["provider"], Decimal(0))
            given_back[row["provider"]] = row["given_back"]
            found += before - row["given_back"]
        elif status in ("paid", "partially_paid"):
            found += amount
        elif status == "partially_refunded":
            found -= amount
        elif status in ("refunded", "charged_back"):
            found = Decimal(0)
        found = min(max(found, Decimal(0)), total)
    return found


def test_any_history_adds_up():
    chance = random.Random(11)
    histories = {f"acme.{number}": _history(chance, f"acme.{number}") for number in range(300)}
    rows = [row for history in histories.values() for row in history]
    with modelled(rows, LATER) as con:
        found = con.execute("select invoice_id, amount_received from payment_states").fetchall()
    assert dict(found) == {
        invoice: worked_out(history, TOTAL) for invoice, history in histories.items()
    }
    assert len({amount for _, amount in found}) > 100


def _history(chance, invoice):
    return [
        payment(
            f"{invoice}-e{number}",
            status := chance.choice(list(RANKS)),
            invoice,
            minutes(chance.randrange(6)),
            provider=chance.choice(["stripe", "files"]),
            amount=Decimal(chance.randrange(1, 12000)) / 100,
            given_back=Decimal(chance.randrange(0, 12000)) / 100
            if status not in ("paid", "partially_paid") and chance.random() < 0.4
            else None,
        )
        for number in range(chance.randrange(1, 9))
    ]
