"""When alerts fire, resolve and stay quiet (S-76), run after run, on tables.

Guards against an alert that nobody hears, and one that is heard at every run.
"""

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
