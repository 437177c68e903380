"""What became of an invoice's money, by the models' SQL (S-72).

Guards against a failure that arrives late and takes a payment away, against an answer that depends
on the order of arrival, and against a run done again that knows more than it did.
"""

from datetime import date, timedelta
from itertools import permutations

import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.payments.statuses import OPEN, STATUSES
from tests.unit.meterhouse.payments.payment_cases import (
    NOON,
    minutes,
    modelled,
    payment,
    withdrawal,
)

LATER = minutes(600)


def states(rows, as_of=LATER):
    """invoice_id → (status, paid_on) as of a moment; the rows in the order of their entries."""
    with modelled(rows, as_of) as con:
        found = con.execute("select invoice_id, payment_status, paid_on from payment_states")
        return {invoice: tuple(rest) for invoice, *rest in found.fetchall()}


DAY = date(2026, 3, 5)
CASES = {
    "failed": ([("payment_failed", 0)], ("payment_failed", None)),
    "failed, then paid": ([("payment_failed", 0), ("paid", 5)], ("paid", DAY)),
    "paid, then a failure": ([("paid", 0), ("payment_failed", 5)], ("paid", DAY)),
    "in the same second": ([("payment_failed", 0), ("paid", 0)], ("paid", DAY)),
    "given up, and a failure after it": (
        [("uncollectible", 0), ("payment_failed", 5)],
        ("uncollectible", None),
    ),
    "given up, then paid": ([("uncollectible", 0), ("paid", 5)], ("paid", DAY)),
    "paid, then given back": ([("paid", 0), ("refunded", 5)], ("refunded", DAY)),
    "given back in the same second": ([("paid", 0), ("refunded", 0)], ("refunded", DAY)),
    "disputed and won": ([("paid", 0), ("disputed", 5), ("paid", 9)], ("paid", DAY)),
    "disputed and lost": ([("paid", 0), ("disputed", 5), ("charged_back", 9)],
                          ("charged_back", DAY)),
    "in part, then all": ([("partially_paid", 0), ("paid", 5)], ("paid", DAY)),
}  # fmt: skip


@pytest.mark.parametrize(("happened", "expected"), CASES.values(), ids=CASES.keys())
def test_the_order_of_arrival_is_no_matter(happened, expected):
    """S-72: latest moment, terminal wins."""
    rows = [
        payment(f"e{number}", status, at=minutes(after))
        for number, (status, after) in enumerate(happened)
    ]
    for order in permutations(rows):
        assert states(order) == {"acme.1": expected}


def test_a_run_knows_what_was_known_then():
    """S-4: what became known after its moment it does not see, although it happened before."""
    rows = [
        payment("e1", "payment_failed"),
        payment("e2", "paid", at=minutes(1), received_at=minutes(90)),
    ]
    assert states(rows, minutes(60)) == {"acme.1": ("payment_failed", None)}
    assert states(rows, minutes(90)) == {"acme.1": ("paid", DAY)}


def test_what_was_withdrawn_is_as_if_it_had_not_been_from_then_on():
    wrong = payment("e1")
    for later in ([], [payment("e2", at=minutes(7))]):
        rows = [wrong, *later, withdrawal(wrong, minutes(90))]
        assert states(rows, minutes(89)) == {"acme.1": ("paid", DAY)}
        for order in permutations(rows):
            assert states(order, minutes(90)) == states(later, minutes(90))


def test_another_provider_s_event_of_that_name_is_not_withdrawn():
    wrong = payment("e1")
    rows = [wrong, payment("e1", provider="files"), withdrawal(wrong, minutes(9))]
    assert states(rows) == {"acme.1": ("paid", DAY)}


def test_the_first_payment_counts_in_utc():
    east = NOON.replace(hour=23, minute=59).astimezone(tz=None)
    rows = [
        payment("e1", at=east),
        payment("e2", at=NOON + timedelta(days=3)),
        payment("e1", "void", invoice_id="acme.2"),
        payment("e3", "disputed", invoice_id="acme.2"),
    ]
    found = states(rows, NOON + timedelta(days=9))
    # The first of an event's rows counts, so acme.2 has no void.
    assert found == {"acme.1": ("paid", DAY), "acme.2": ("disputed", None)}


def test_the_model_knows_the_words():
    text = model_sql("payments", "calendar")
    for status, rank in STATUSES.items():
        assert f"when '{status}' then {rank}" in text
    assert ", ".join(f"'{name}'" for name in OPEN) in text
