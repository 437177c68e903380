"""Usage far above what is usual (S-86): found as a plain calculator finds it, and told once.

Guards against a jump that nobody hears of, and against alarms over weekends and new groups.
"""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from random import Random

import pytest

from tests.alerts.world import World

TODAY = date(2026, 2, 15)
Key = tuple[str, str, date, str]


@pytest.fixture
def world() -> World:
    found = World()
    for metric, rollup in (("calls", "sum"), ("peak", "max"), ("level", "latest")):
        found.put("billable_metrics", metric=metric, metric_version=1, rollup=rollup)
    return found


def judged(world: World) -> None:
    """An alert that names the metrics, and no group that there is: so no amount is asked."""
    for metric in ("calls", "peak", "level"):
        world.alert(f"other-{metric}", "anomaly", 99, metric=metric,
                    pricing_group='{"region":"none"}')  # fmt: skip


def day(world: World, ago: int, quantity: int, metric: str = "calls", group: str = "{}",
        contract: str = "k") -> None:  # fmt: skip
    """A day's usage, so many days before today."""
    on = TODAY - timedelta(ago)
    world.con.execute(
        "delete from metric_values where (metric, contract_id, window_start, metric_group)"
        " = (?, ?, ?, ?)",
        [metric, contract, on, group],
    )
    world.put("metric_values", metric=metric, metric_version=1, contract_id=contract,
              window_start=on, window_end=on + timedelta(1), metric_group=group,
              quantity=quantity)  # fmt: skip


def weeks(world: World, days: int = 60, last: int = 1, **of: str) -> None:
    """Ten a day, but for weekends."""
    for ago in range(last, days):
        if (TODAY - timedelta(ago)).weekday() < 5:
            day(world, ago, 10, **of)


def found(world: World) -> list[tuple]:
    return world.rows(
        "select metric, usage_date, quantity, usual, usual_deviation, excess"
        " from usage_anomalies order by all"
    )


def plain(days: dict[tuple[str, str, str], dict[date, int]], counts: set[str]) -> set[Key]:
    """S-86 once more: contract, metric, day and group of what is unusual, with no amount asked."""
    unusual = set()
    for (contract, metric, group), quantities in days.items():
        first = min(on for on in quantities if on >= TODAY - timedelta(112))
        for on, quantity in quantities.items():
            is_judged = TODAY - timedelta(56) <= on < TODAY + timedelta(metric != "level")
            if not is_judged or (on - first).days < 14:
                continue
            same = [on - timedelta(7 * week) for week in range(1, 9)]
            same = [it for it in same if it >= first and (it in quantities or metric in counts)]
            if len(same) < 2:
                continue
            usual = middle([quantities.get(it, 0) for it in same])
            spread = middle([abs(quantities.get(it, 0) - usual) for it in same])
            if usual > 0 and quantity > 2 * usual and quantity - usual > 6 * spread:
                unusual.add((contract, metric, on, group))
    return unusual


def middle(values: list) -> Fraction:
    ordered = sorted(values)
    half = len(ordered) // 2
    return Fraction(ordered[half] + ordered[half if len(ordered) % 2 else half - 1]) / 2


@pytest.mark.parametrize("seed", range(4))
def test_random_days_are_judged_as_a_plain_calculator_does(world, seed):
    judged(world)
    random, days = Random(seed), defaultdict(dict)
    for contract in ("k", "m"):
        for metric in ("calls", "peak", "level"):
            for group in ("{}", '{"region":"eu"}'):
                begins, share = random.choice([130, 90, 40, 20, 10]), random.choice([0.3, 0.9])
                for ago in range(begins):
                    if random.random() < share:
                        quantity = random.choice([5, 8, 10, 11, 15, random.choice([24, 90])])
                        days[contract, metric, group][TODAY - timedelta(ago)] = quantity
                        day(world, ago, quantity, metric, group, contract)
    world.run()
    rows = world.rows('select contract_id, metric, usage_date, "group" from usage_anomalies')
    assert set(rows) == plain(days, {"calls"})
    assert len(rows) == len(set(rows)) > 10


def test_a_jump_is_told_once_and_never_again(world):
    weeks(world)
    world.alert("jump", "anomaly", 5, metric="calls")
    assert world.run() == []
    day(world, 3, 25)
    assert world.run(15) == [("jump", "k", "triggered", 15)]
    assert found(world) == [("calls", TODAY - timedelta(3), 25, 10, 0, 15)]
    assert world.run(16) == []
    day(world, 3, 30)
    assert world.run(17) == []
    # It was a mistake that is taken back: told stays told.
    day(world, 3, 10)
    assert world.run(18) == []
    assert found(world) == []


def test_twice_as_much_is_not_more_than_twice_and_an_amount_must_be_passed(world):
    judged(world)
    weeks(world)
    day(world, 3, 20)
    world.run()
    assert found(world) == []
    day(world, 3, 21)
    world.alert("jump", "anomaly", 11, metric="calls")
    world.run()
    assert found(world) == []
    world.alert("jump", "anomaly", 10, metric="calls")
    assert world.run() == [("jump", "k", "triggered", 11)]


def test_a_customer_has_its_own_amount_and_a_group_may_be_named(world):
    for contract in ("k", "m"):
        for group in ('{"region":"eu"}', '{"region":"us"}'):
            weeks(world, contract=contract, group=group)
            day(world, 3, 40, group=group, contract=contract)
    world.alert("jump", "anomaly", 5, metric="calls", pricing_group='{"region":"eu"}')
    world.alert("jump", "anomaly", 50, metric="calls", customer_id="beta",
                pricing_group='{"region":"eu"}')  # fmt: skip
    assert world.run() == [("jump", "k", "triggered", 30)]
    assert world.rows('select contract_id, "group" from usage_anomalies order by all') == [
        ("k", '{"region":"eu"}'),
        ("k", '{"region":"us"}'),
        ("m", '{"region":"us"}'),
    ]


def test_weekends_are_compared_with_weekends_and_idle_days_count_nothing(world):
    judged(world)
    weeks(world, last=0)
    saturday = 1
    assert (TODAY - timedelta(saturday)).weekday() == 5
    day(world, saturday, 1)
    world.run()
    # Nothing was ever used on a Saturday; an amount says from where on that matters.
    assert found(world) == []
    world.alert("jump", "anomaly", 1, metric="calls")
    world.run()
    assert found(world) == []
    day(world, saturday, 2)
    world.run()
    assert found(world) == [("calls", TODAY - timedelta(1), 2, 0, 0, 2)]


def test_a_group_without_two_weeks_of_history_is_not_judged(world):
    judged(world)
    for ago in range(14):
        day(world, ago, 10)
    day(world, 0, 99)
    world.run()
    assert found(world) == []
    day(world, 14, 10)
    world.run()
    assert [row[1] for row in found(world)] == [TODAY]


def test_of_today_only_what_cannot_fall_any_more_is_judged(world):
    judged(world)
    for metric in ("calls", "peak", "level"):
        for ago in range(1, 60):
            day(world, ago, 10, metric)
        day(world, 0, 30, metric)
    world.run(15)
    assert [row[0] for row in found(world)] == ["calls", "peak"]
    world.run(16)
    assert [row[0] for row in found(world)] == ["calls", "level", "peak"]


def test_a_rule_that_is_new_does_not_tell_of_what_is_long_past(world):
    weeks(world, 100)
    day(world, 9, 90)
    world.alert("jump", "anomaly", 5, metric="calls")
    assert world.run() == []
    assert [row[1] for row in found(world)] == [TODAY - timedelta(9)]


def test_of_a_held_contract_nothing_is_judged(world):
    weeks(world)
    day(world, 3, 90)
    world.put("contracts_on_hold", contract_id="k")
    world.alert("jump", "anomaly", 5, metric="calls")
    assert world.run() == []


def test_a_metric_that_no_row_names_is_not_judged(world):
    for metric in ("calls", "peak"):
        weeks(world, metric=metric)
        day(world, 3, 90, metric)
    world.alert("jump", "anomaly", 5, metric="peak")
    world.run()
    assert [row[0] for row in found(world)] == ["peak"]
