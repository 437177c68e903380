"""Whose row of alerts.csv counts, and what spend and usage it watches (S-11, S-76), on tables.

Guards against an alert that watches what it was not asked to.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.alerts.world import World

HUNDRED = Decimal(100)


@pytest.fixture
def world() -> World:
    return World()


def test_a_customers_row_of_another_id_replaces_what_watches_the_same(world):
    world.alert("half", "spend", 50)
    world.alert("all", "spend", 100)
    world.alert("total", "invoice_total", 100)
    world.alert("acme", "spend", 500, customer_id="acme")
    for contract in ("k", "m"):
        world.spend(100, 100, contract)
    told = {(alert, contract) for alert, contract, *_ in world.run()}
    assert told == {("total", "k"), ("half", "m"), ("all", "m"), ("total", "m")}


def test_a_customers_row_of_the_same_id_replaces_that_one_alone(world):
    world.alert("half", "spend", 50)
    world.alert("all", "spend", 100)
    world.alert("all", "spend", 100, customer_id="acme", enabled=False)
    world.spend(100)
    assert [row[0] for row in world.run()] == ["half"]


def test_a_state_has_the_terms_of_the_row_that_counts(world):
    world.alert("all", "spend", 100, hard_cap=True)
    world.alert("all", "spend", 500, customer_id="acme")
    world.spend(200)
    world.spend(200, contract="m")
    world.run()
    terms = "select customer_id, contract_id, threshold, hard_cap, state from alert_states"
    assert world.rows(f"{terms} order by all") == [
        ("acme", "k", Decimal(500), False, "ok"),
        ("beta", "m", HUNDRED, True, "triggered"),
    ]


def test_spend_is_before_balances_and_the_invoice_total_after(world):
    world.alert("spend", "spend", 100)
    world.alert("total", "invoice_total", 100)
    world.spend(150, 99)
    assert world.run(10) == [("spend", "k", "triggered", Decimal(150))]
    world.spend(250, 100)
    assert world.run(11) == [("total", "k", "triggered", HUNDRED)]


def test_an_alert_of_one_currency_leaves_others_alone(world):
    world.alert(pricing_unit="EUR")
    world.spend(100)
    world.spend(100, contract="m", currency="EUR")
    assert [row[:2] for row in world.run()] == [("a", "m")]


def test_usage_of_all_of_one_and_of_each_group(world):
    """S-11: what an alert does not name is summed over."""
    named = {"all": "{}", "eu": '{"region":"eu"}', "each": '{"region":"*"}',
             "model": '{"model":"*","region":"eu"}'}  # fmt: skip
    for id, group in named.items():
        world.alert(id, "usage", 10, metric="calls", pricing_group=group)
    world.usage(6, '{"model":"x","region":"eu"}')
    world.usage(3, '{"model":"y","region":"eu"}')
    world.usage(9, '{"model":"x","region":null}')
    assert world.run(10) == [("all", "k", "triggered", Decimal(18))]
    world.usage(10, '{"model":"x","region":"eu"}')
    world.usage(10, '{"model":"x","region":null}')
    world.run(11)
    told = "select alert_id, pricing_group, value from alert_events where alert_id <> 'all'"
    assert sorted(world.rows(told)) == [
        ("each", '{"region":"eu"}', Decimal(13)),
        ("each", '{"region":null}', Decimal(10)),
        ("eu", '{"region":"eu"}', Decimal(13)),
        ("model", '{"model":"x","region":"eu"}', Decimal(10)),
    ]
    # Without usage there is a state of what is named, and none of each.
    kept = "select alert_id, value from alert_states where contract_id = 'm' order by all"
    assert world.rows(kept) == [("all", 0), ("eu", 0)]


def test_usage_is_that_of_the_newest_version_at_the_last_moment(world):
    world.alert(kind="usage", metric="calls", threshold=10)
    world.usage(100, version=1, until=date(2026, 2, 10))
    world.usage(4, version=2, until=date(2026, 2, 10))
    world.usage(9, version=2)
    assert world.run() == []
    assert world.rows("select value from alert_states where contract_id = 'k'") == [(9,)]
    world.usage(50, metric="other")
    assert world.run(16) == []
