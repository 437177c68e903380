"""On which days a commit that waits for its payment gives balance (S-73, S-50, S-37)."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from tests.commits.gate_history import (
    DAY,
    Event,
    History,
    Invoice,
    Segment,
    expected_days,
    served_days,
    states,
)

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
YEAR = Segment(JANUARY, date(2027, 1, 1))
BOUGHT = Invoice("buy", 1, JANUARY)


def month(start: date) -> tuple[date, date]:
    return start, (start + timedelta(days=31)).replace(day=1)


def usage(start: date, entry: int, version: int) -> Invoice:
    """The usage invoice of the month, by a run that had read the payments up to `version`."""
    return Invoice(f"usage.{start}.{entry}", entry, month(start)[1], month(start), version)


def paid(day: date, version: int = 1, invoice: str = "buy", status: str = "paid") -> Event:
    return Event(invoice, status, day, version)


def days(first: date, before: date) -> set[date]:
    return {first + DAY * n for n in range((before - first).days)}


ONE = History((YEAR,), {JANUARY: 100}, (BOUGHT,))
JAN_20, FEB_10, MAR_5 = date(2026, 1, 20), date(2026, 2, 10), date(2026, 3, 5)
END = YEAR.ending_before
TWO = History(
    (Segment(JANUARY, FEBRUARY), Segment(FEBRUARY, MARCH, 1), Segment(FEBRUARY, MARCH)),
    {JANUARY: 100, FEBRUARY: 100},
    (BOUGHT, Invoice("second", 2, FEBRUARY)),
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


def test_any_history_serves_as_worked_out_and_what_is_final_stays():
    """S-73, S-43: whatever comes later, days of a period that stays final serve as before."""
    chance = random.Random(7)
    steps = [step for _ in range(120) for step in _steps(chance)]
    found = served_days([history for history, _ in steps])
    changed = 0
    for number, (history, stays) in enumerate(steps):
        after = found[number]
        assert after == expected_days(history), history
        for period in stays:
            for segment, served in after.items():
                before = found[number - 1][segment]
                assert served & days(*period) == before & days(*period), history
        changed += bool(stays and after != found[number - 1])
    assert changed > 100, "too few histories in which something changes beside a final period"


def _steps(chance: random.Random) -> Iterator[tuple[History, list[tuple[date, date]]]]:
    """A history as it goes on, each time with the periods that were final before and still are."""
    history = _book(chance)
    purchases = sorted(history.purchases)
    finals: list[Invoice] = []
    today, version, seen = JANUARY, 0, 0
    yield history, []
    for entry in range(1, 26):
        asked = [one for one in history.invoices if one.period is None]
        next_month = finals[-1].period[1] if finals and finals[-1].period else JANUARY
        stays = list(finals)
        step = chance.random()
        # a run reads what it finds, and never less than the one before
        seen = chance.randint(seen, version)
        if step < 0.2 and purchases:
            day = purchases.pop(0)
            today = max(today, day)
            total = chance.choice([100, 100, 100, 0])
            history = history.add(Invoice(f"buy.{entry}", entry, day, None, seen, total))
        elif step < 0.45:
            today = max(today, month(next_month)[1])
            finals.append(usage(next_month, entry, seen))
            history = history.add(finals[-1])
        elif step < 0.8 and asked:
            version += 1
            status = chance.choice(["paid", "paid", "payment_failed", "refunded", "charged_back"])
            happened = today - DAY * chance.choice([0, 1, 5, 40])
            history = history.add(Event(chance.choice(asked).invoice_id, status, happened, version))
        elif step < 0.88 and any(not one.voided_on for one in asked):
            one = chance.choice([one for one in asked if not one.voided_on])
            again = Invoice(f"buy.{entry}", entry, one.issue_on, None, seen)
            history = history.void(one.invoice_id, today).add(again)
        elif step < 0.93 and finals:
            history = history.void(finals.pop().invoice_id, today)
            stays = list(finals)
        else:
            today += DAY * chance.randint(1, 12)
        yield history, [one.period for one in stays if one.period]


def _book(chance: random.Random) -> History:
    first = JANUARY + DAY * chance.choice([0, 0, 9])
    second = first + DAY * chance.choice([40, 90])
    segments = [Segment(first, second), Segment(second, second + DAY * 120)]
    if chance.random() < 0.5:
        segments.insert(1, Segment(second, second + DAY * 60, 1))
    days_of_purchase = {first, chance.choice([first, second, second + DAY * 10])}
    return History(
        tuple(segments), {day: chance.choice([100, 100, 100, 0]) for day in days_of_purchase}
    )
