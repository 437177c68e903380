"""When alerts fire, resolve and stay quiet (S-76), run after run, on tables.

Guards against an alert that nobody hears, one that is heard at every run, and one that watches what
it was not asked to.
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.alerts.world import APRIL, FEBRUARY, JANUARY, MARCH, World

HUNDRED = Decimal(100)


@pytest.fixture
def world() -> World:
    return World()


def test_six_runs_of_a_spend_alert_and_a_balance_alert(world):
    """The table of S-76: row by row what each run knows, and what it tells."""
    world.alert("spend", "spend", 100)
    world.alert("spend", "spend", 500, customer_id="beta")
    world.alert("off", "spend", 1, enabled=False)
    world.alert("left", "balance", 200, clear_at=Decimal(300))
    table = [
        # spend of k, of m, left of k; told
        (99, 499, 201, []),
        (100, 100, 200, [("left", "k", "triggered"), ("spend", "k", "triggered")]),
        (150, 500, 250, [("spend", "m", "triggered")]),
        (90, 500, 300, [("left", "k", "resolved")]),
        (120, 900, 150, [("left", "k", "triggered")]),
        (120, 900, 150, []),
    ]
    for day, (of_k, of_m, left, told) in enumerate(table, 10):
        world.spend(of_k)
        world.spend(of_m, contract="m")
        world.balance(left)
        assert [row[:3] for row in world.run(day)] == told, day


def test_the_same_run_twice_adds_nothing(world):
    world.alert()
    world.spend(100)
    assert len(world.run()) == 1
    before = world.rows("from alert_events")
    world.run()
    assert world.rows("from alert_events") == before
    assert world.rows("from new_alert_events") == []


def test_an_upward_alert_fires_again_in_the_next_period_and_never_un_fires(world):
    world.alert()
    world.spend(100)
    assert len(world.run()) == 1
    world.spend(1)
    assert world.run(16) == []
    assert world.state() == [("triggered", False)]
    # In the first day of March both periods are open.
    world.spend(100, start=MARCH, end=APRIL)
    assert world.run(1, month=3) == [("a", "k", "triggered", HUNDRED)]
    assert world.state() == [("triggered", False), ("triggered", True)]


def test_a_threshold_that_is_edited_fires_for_itself_once(world):
    world.alert(threshold=100)
    world.spend(120)
    world.run(10)
    world.alert(threshold=200)
    assert world.run(11) == []
    assert world.state() == [("ok", False)]
    world.spend(200)
    assert len(world.run(12)) == 1
    world.alert(threshold=100)
    assert world.run(13) == []
    assert world.state() == [("triggered", True)]


def test_a_balance_alert_goes_on_under_an_edited_threshold(world):
    world.alert(kind="balance", threshold=100)
    world.balance(80)
    world.run(10)
    world.alert(kind="balance", threshold=90)
    assert world.run(11) == []
    world.alert(kind="balance", threshold=50)
    assert world.run(12) == [("a", "k", "resolved", Decimal(80))]


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


def test_of_a_held_contract_what_was_told_stands(world):
    """S-52: it has no drafts, and that is neither spend of 0 nor a full balance."""
    world.alert("spend", "spend", 100, hard_cap=True)
    world.alert("left", "balance", 100)
    world.spend(100)
    world.balance(50)
    assert len(world.run(10)) == 2
    world.put("contracts_on_hold", contract_id="k")
    for table in ("draft_invoices", "commit_movements", "open_periods"):
        world.con.execute(f"delete from {table}")
    assert world.run(11) == []
    assert [*world.state("left"), *world.state("spend")] == [("triggered", True)] * 2
    # Its period is over then.
    world.run(2, month=3)
    assert [*world.state("left"), *world.state("spend")] == [("triggered", True)]


def test_the_same_runs_from_nothing_give_the_same_rows(world):
    """Also where the alerts of one run were appended and nothing of it published."""

    def story(other: World) -> list:
        other.alert("s", "spend", 100)
        other.alert("b", "balance", 100)
        for day, amount in enumerate((50, 100, 120, 90), 10):
            other.spend(amount)
            other.balance(200 - amount)
            other.run(day)
        return other.rows("from alert_events order by all")

    assert story(world) == story(World()) != []


def test_ids_follow_from_what_is_told_and_not_from_when(world):
    other = World()
    for each, day in ((world, 10), (other, 12)):
        each.alert()
        each.spend(100, start=JANUARY, end=FEBRUARY)
        each.spend(100)
        each.run(day)
    ids = "select alert_event_id from alert_events order by all"
    assert world.rows(ids) == other.rows(ids)
    assert len(world.rows(ids)) == 2
