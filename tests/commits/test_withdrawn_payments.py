"""A payment that was entered for the wrong invoice and withdrawn: what was final with it stays, and
from then on it is as if it had never come (S-72, S-73)."""

from datetime import date

from tests.commits.gate_cases import (
    END,
    FEB_10,
    FEBRUARY,
    JAN_20,
    JANUARY,
    ONE,
    days,
    paid,
    usage,
)
from tests.commits.gate_history import History, expected_days, served_days, states

WRONG, BACK = paid(JAN_20, 1), paid(FEB_10, 2, status="refunded")
CASES: dict[str, tuple[History, dict[int, set[date]]]] = {
    "withdrawn before anything was final with it": (
        ONE.add(usage(JANUARY, 2, 0), WRONG).withdraw(WRONG, 2),
        {1: set()},
    ),
    "withdrawn when January was final with it": (
        ONE.add(WRONG, usage(JANUARY, 2, 1)).withdraw(WRONG, 2),
        {1: days(JAN_20, FEBRUARY)},
    ),
    "withdrawn, and the right payment is known": (
        ONE.add(WRONG, usage(JANUARY, 2, 1), paid(FEB_10, 3)).withdraw(WRONG, 2),
        {1: days(JAN_20, FEBRUARY) | days(FEB_10, END)},
    ),
    "withdrawn, and a later final invoice knew it": (
        ONE.add(WRONG, usage(JANUARY, 2, 1), usage(FEBRUARY, 3, 2)).withdraw(WRONG, 2),
        {1: days(JAN_20, FEBRUARY)},
    ),
    "money back that was not of this invoice is withdrawn": (
        ONE.add(paid(JAN_20), BACK).withdraw(BACK, 3),
        {1: days(JAN_20, END)},
    ),
    "withdrawn, when what was final with it is void": (
        ONE.add(WRONG, usage(JANUARY, 2, 1)).withdraw(WRONG, 2).void("usage.2026-01-01.2", FEB_10),
        {1: set()},
    ),
}


def test_it_serves_where_it_is_final_and_nowhere_else():
    found = served_days([history for history, _ in CASES.values()])
    for (name, (history, expected)), served in zip(CASES.items(), found, strict=True):
        assert served == expected, name
        assert expected_days(history) == expected, name


def test_the_commit_waits_again():
    cases = [
        # as if it had never come, but what it has served is final
        (ONE.add(WRONG).withdraw(WRONG, 2), ("waiting for payment", None, None, "0.buy")),
        (
            ONE.add(WRONG, usage(JANUARY, 2, 1)).withdraw(WRONG, 2),
            ("waiting for payment", None, JAN_20, "1.buy"),
        ),
    ]
    assert states([history for history, _ in cases]) == [said for _, said in cases]
