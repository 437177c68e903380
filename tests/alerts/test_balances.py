"""Alerts of balances (S-38, S-76): what may pay today, at its threshold and over, on tables."""

from datetime import date
from decimal import Decimal

import pytest

from tests.alerts.world import World

HUNDRED = Decimal(100)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("kind", "threshold", "quiet", "fires"),
    [
        ("balance", "100", "100.01", "100"),
        ("balance_percent", "10", "100.01", "100"),
        ("exhausted", "0", "0.01", "0"),
    ],
)
def test_a_balance_at_its_threshold(world, kind, threshold, quiet, fires):
    world.alert(kind=kind, threshold=threshold)
    world.balance(quiet)
    assert world.run(10) == []
    world.balance(fires)
    assert [row[2] for row in world.run(11)] == ["triggered"]
    world.balance(1000)
    assert [row[2] for row in world.run(12)] == ["resolved"]
    assert world.rows("select occurrence from alert_events order by all") == [(1,), (2,)]


def test_a_balance_is_all_that_may_pay_today(world):
    world.alert(kind="balance", threshold=100)
    world.balance(500, commit="past", end=date(2026, 2, 15))
    world.balance(500, commit="next", start=date(2026, 2, 16))
    world.balance(500, commit="pledge", type="postpaid")
    world.balance(60, commit="one")
    world.balance(41, commit="two", type="credit")
    assert world.run() == []
    world.balance(40, commit="two", type="credit")
    # Of `m`, which never had a balance, nothing is said.
    assert world.run(15, 7) == [("a", "k", "triggered", HUNDRED)]
    # Tomorrow there is another one.
    assert world.run(16) == [("a", "k", "resolved", Decimal(600))]


def test_a_customer_whose_balance_has_ended_has_none(world):
    world.alert("percent", "balance_percent", 10)
    world.alert("gone", "exhausted", 0)
    world.balance(500, end=date(2026, 2, 15))
    assert world.run(14) == []
    assert [row[0] for row in world.run(15)] == ["gone", "percent"]


def test_units_of_balances_are_apart(world):
    world.alert("any", "balance", 100)
    world.alert("credits", "balance", 500, pricing_unit="CR")
    world.balance(400, commit="money")
    world.balance(90, commit="credits", unit="CR")
    assert world.run() == [
        ("any", "k", "triggered", Decimal(90)),
        ("credits", "k", "triggered", Decimal(90)),
    ]
    assert world.state("any") == [("triggered", True), ("ok", False)]


def test_days_left_are_those_of_what_is_left(world):
    world.alert(kind="days_left", threshold=10)
    world.balance(0, commit="used", end=date(2026, 2, 20))
    world.balance(5, commit="left", end=date(2026, 2, 27))
    assert world.run(16) == []
    assert world.run(17) == [("a", "k", "triggered", Decimal(10))]
    world.balance(0, commit="left", end=date(2026, 2, 27))
    assert world.run(18) == [("a", "k", "resolved", None)]


def test_a_contract_that_is_not_in_force_has_no_balance(world):
    world.alert(kind="exhausted", threshold=0)
    world.balance(0)
    world.con.execute("update price_book.contracts set ending_before = date '2026-02-15'")
    assert world.run(15) == []
    assert len(world.run(14)) == 1
