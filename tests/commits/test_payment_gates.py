"""On which days a commit that waits for its payment gives balance (S-73, S-50, S-37)."""

from datetime import date

from tests.commits.gate_cases import (
    APRIL,
    BOUGHT,
    END,
    FEB_10,
    FEBRUARY,
    JAN_20,
    JANUARY,
    MAR_5,
    MARCH,
    ONE,
    TWO,
    YEAR,
    days,
    paid,
    usage,
)
from tests.commits.gate_history import (
    DAY,
    History,
    Invoice,
    expected_days,
    served_days,
    states,
)

CASES: dict[str, tuple[History, dict[int, set[date]]]] = {
    "nothing is paid": (ONE, {1: set()}),
    "the payment failed": (ONE.add(paid(JAN_20, status="payment_failed")), {1: set()}),
    "paid, in the second try": (
        ONE.add(paid(date(2026, 1, 3), status="payment_failed"), paid(JAN_20, 2)),
        {1: days(JAN_20, END)},
    ),
    "paid before its own start": (
        ONE.add(paid(date(2025, 12, 20))),
        {1: days(JANUARY, END)},
    ),
    "paid after its end": (ONE.add(paid(date(2027, 1, 1))), {1: set()}),
    "paid on its last day": (ONE.add(paid(END - DAY)), {1: {END - DAY}}),
    "paid in the period, known after it was final": (
        ONE.add(usage(JANUARY, 2, 0), paid(JAN_20, 1)),
        {1: days(FEBRUARY, END)},
    ),
    "known when the period became final": (
        ONE.add(paid(JAN_20, 1), usage(JANUARY, 2, 1)),
        {1: days(JAN_20, END)},
    ),
    "the final period is void and open again": (
        ONE.add(usage(JANUARY, 2, 0), paid(JAN_20, 1)).void("usage.2026-01-01.2", FEB_10),
        {1: days(JAN_20, END)},
    ),
    "given back later": (
        ONE.add(paid(JAN_20), paid(FEB_10, 2, status="refunded")),
        {1: days(JAN_20, FEB_10)},
    ),
    "charged back, known before the payment is": (
        ONE.add(paid(JAN_20, 2), paid(FEB_10, 1, status="charged_back")),
        {1: days(JAN_20, FEB_10)},
    ),
    "a part given back, and disputed": (
        ONE.add(
            paid(JAN_20), paid(FEB_10, 2, status="partially_refunded"),
            paid(FEB_10, 3, status="disputed"),
        ),
        {1: days(JAN_20, END)},
    ),
    "void before it was paid, and paid all the same": (
        ONE.void("buy", JAN_20).add(paid(FEB_10)),
        {1: set()},
    ),
    "void after it was paid": (
        ONE.add(paid(JAN_20)).void("buy", FEB_10),
        {1: days(JAN_20, FEB_10)},
    ),
    "void, and the replacement paid": (
        ONE.add(paid(JAN_20)).void("buy", FEB_10).add(
            Invoice("buy.r2", 3, JANUARY), paid(MAR_5, 2, "buy.r2"),
            paid(APRIL, 3, status="refunded"),
        ),
        {1: days(JAN_20, FEB_10) | days(MAR_5, END)},
    ),
    "void, and the replacement paid on that day": (
        ONE.add(paid(JAN_20)).void("buy", FEB_10).add(
            Invoice("buy.r2", 3, JANUARY), paid(FEB_10, 2, "buy.r2")
        ),
        {1: days(JAN_20, END)},
    ),
    "an invoice that asks for nothing": (
        History((YEAR,), {JANUARY: 100}, (Invoice("buy", 1, JANUARY, total=0),)),
        {1: days(JANUARY, END)},
    ),
    "a purchase of 0": (History((YEAR,), {JANUARY: 0}), {1: days(JANUARY, END)}),
    "each segment waits for its own purchase": (
        TWO.add(paid(FEB_10, 1, "second")),
        {1: set(), 2: set(), 3: days(FEB_10, MARCH)},
    ),
    "what rolls over was paid with the segment it comes from": (
        TWO.add(paid(JAN_20)),
        {1: days(JAN_20, FEBRUARY), 2: days(FEBRUARY, MARCH), 3: set()},
    ),
    "instalments: the one at its start is waited for": (
        History(
            (YEAR,), {JANUARY: 50, APRIL: 50}, (BOUGHT, Invoice("rest", 2, APRIL))
        ).add(paid(JAN_20)),
        {1: days(JAN_20, END)},
    ),
    "all purchases come later: the first": (
        History(
            (YEAR,), {FEBRUARY: 50, APRIL: 50}, (Invoice("buy", 1, FEBRUARY),)
        ).add(paid(FEB_10)),
        {1: days(FEB_10, END)},
    ),
}  # fmt: skip


def test_it_serves_from_the_day_of_payment_on():
    found = served_days([history for history, _ in CASES.values()])
    for (name, (history, expected)), served in zip(CASES.items(), found, strict=True):
        assert served == expected, name
        assert expected_days(history) == expected, name


def test_what_it_waits_for_is_said():
    served = ONE.add(paid(JAN_20))
    cases = [
        (ONE, ("waiting for payment", None, None, "0.buy")),
        (History((YEAR,), {JANUARY: 100}), ("waiting for payment", None, None, None)),
        (served, ("paid", JAN_20, JAN_20, "2.buy")),
        (ONE.add(usage(JANUARY, 2, 0), paid(JAN_20, 1)), ("paid", JAN_20, FEBRUARY, "3.buy")),
        (
            served.add(paid(FEB_10, 2, status="refunded")),
            ("payment taken back", None, JAN_20, "4.buy"),
        ),
        (
            served.void("buy", FEB_10).add(Invoice("buy.r2", 3, JANUARY)),
            ("payment taken back", None, JAN_20, "5.buy.r2"),
        ),
    ]
    assert states([history for history, _ in cases]) == [said for _, said in cases]
