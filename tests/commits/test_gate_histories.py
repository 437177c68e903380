"""Any history of a commit that waits for its payment, compared with the rule day by day (S-73)."""

import random
from collections.abc import Iterator
from datetime import date

from tests.commits.gate_cases import JANUARY, days, month, usage
from tests.commits.gate_history import (
    DAY,
    Event,
    History,
    Invoice,
    Segment,
    expected_days,
    served_days,
)


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
        elif step < 0.84 and any(one.withdrawn is None for one in history.events):
            version += 1
            one = chance.choice([one for one in history.events if one.withdrawn is None])
            history = history.withdraw(one, version)
        elif step < 0.9 and any(not one.voided_on for one in asked):
            one = chance.choice([one for one in asked if not one.voided_on])
            again = Invoice(f"buy.{entry}", entry, one.issue_on, None, seen)
            history = history.void(one.invoice_id, today).add(again)
        elif step < 0.94 and finals:
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
