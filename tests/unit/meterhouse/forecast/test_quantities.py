"""How quantities go on to their period's end (S-85), worked by hand.

Guards against a forecast that sees what has not happened, or forgets what has.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from meterhouse.forecast.widths import ENOUGH
from tests.unit.meterhouse.forecast.world import APRIL, AS_OF, FEBRUARY, MARCH, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_sum_goes_on_at_the_mean_of_the_last_28_days(world):
    # 28 days of 10 but for one of 38: 11 a day, for the 20.5 days that are left.
    world.metric("calls", "sum", 105, {0: 5, 1: 38, **dict.fromkeys(range(2, 29), 10), 29: 900})
    world.project()
    [(low, middle, high)] = world.paths()
    assert middle == Decimal("330.5")
    # Fixed widths: 40 percent of it, of which seven tenths of the period are left.
    assert (low, high) == (middle * Decimal("0.72"), middle * Decimal("1.28"))


def test_days_without_usage_are_days_and_so_are_those_before_a_group_was_there(world):
    world.metric("calls", "sum", 28, {0: 0, 4: 28})
    world.project()
    assert world.paths()[0][1] == 28 + Decimal("20.5")


def test_of_a_young_contract_the_mean_is_of_its_own_days():
    world = World(starting_on=date(2026, 3, 7))
    world.metric("calls", "sum", 40, dict.fromkeys(range(1, 5), 10))
    world.project()
    assert world.paths()[0][1] == 40 + 10 * Decimal("20.5")


def test_of_a_version_that_is_newly_in_force_the_mean_is_of_its_own_days(world):
    """The version before measured other quantities; days without it are not days without usage."""
    world.metric("calls", "sum", 40, dict.fromkeys(range(1, 5), 10), since=date(2026, 3, 7))
    world.project()
    assert world.paths()[0][1] == 40 + 10 * Decimal("20.5")


def test_on_a_contracts_first_day_the_pace_is_that_of_the_day():
    world = World(starting_on=AS_OF.date())
    world.metric("calls", "sum", 10, {0: 10})
    world.project()
    # Half a day gave 10; 41 half days are left.
    assert world.paths()[0][1] == 10 + 41 * 10


def test_levels_and_maxima_stay_and_a_maximum_never_falls(world):
    world.metric("level", "latest", 50, {1: 50})
    world.metric("peak", "max", 80, {1: 80})
    world.project()
    assert world.paths("level") == [(Decimal(43), Decimal(50), Decimal(57))]
    assert world.paths("peak") == [(Decimal(80), Decimal(80), Decimal("91.2"))]


def test_a_metric_whose_days_do_not_roll_up_goes_on_like_what_it_is(world):
    """Seconds of an instance add up over days; a percentile lies between those of its days."""
    world.metric("seconds", None, 1000, dict.fromkeys(range(1, 11), 100))
    world.metric("p95", None, 90, dict.fromkeys(range(1, 11), 100))
    world.project()
    [(_, seconds, _)] = world.paths("seconds")
    # ten days of 100 in 28
    assert seconds.quantize(Decimal("0.001")) == Decimal("1732.143")
    assert world.paths("p95")[0][1] == 90


def test_a_unique_count_follows_the_curve_of_the_last_period(world):
    """In February 4 of 10 users were seen by the eleventh day: 20 now are 50 at the end."""
    world.metric("users", "unique", 20, {1: 5})
    for number in range(10):
        on = FEBRUARY + timedelta(5 if number < 4 else 20)
        world.put("usage.day_states", "k", "users", 1, "{}", f"u{number}", on)
    world.project()
    assert world.paths("users")[0][1] == 50


def test_a_unique_count_without_a_last_period_stays(world):
    world.metric("users", "unique", 20, {1: 5})
    world.con.execute("delete from calendar.billing_periods where period_start < date '2026-03-01'")
    world.project()
    assert world.paths("users")[0][1] == 20


def test_what_was_measured_at_a_moment_that_is_past_is_known(world):
    """A price that changed on the 6th, and one that changes on the 21st."""
    world.metric("calls", "sum", 110, dict.fromkeys(range(28), 10))
    for on in (date(2026, 3, 6), date(2026, 3, 21)):
        world.put("calendar.evaluation_dates", "k", MARCH, "calls", 1, on)
    world.put("forecast.used", "k", MARCH, "calls", 1, date(2026, 3, 6), "{}", 50)
    world.project()
    assert world.paths(at=date(2026, 3, 6)) == [(50, 50, 50)]
    [(_, then, _)] = world.paths(at=date(2026, 3, 21))
    assert then.quantize(Decimal("0.001")) == Decimal("201.607")
    assert world.paths()[0][1] > then


def test_a_version_that_begins_later_goes_on_like_the_one_before(world):
    world.metric("calls", "sum", 110, dict.fromkeys(range(28), 10))
    world.put("calendar.billable_metrics", "calls", 2, "sum")
    world.put("calendar.evaluation_dates", "k", MARCH, "calls", 2, date(2026, 3, 21))
    world.put("calendar.evaluation_dates", "k", MARCH, "calls", 2, APRIL)
    world.project()
    assert len(world.paths()) == 2
    assert len(set(world.paths())) == 1


def test_a_period_that_has_ended_has_nothing_ahead(world):
    world.con.execute("update forecast.periods set period_end = date '2026-03-11', tenth = 9")
    world.metric("calls", "sum", 110, {1: 10})
    world.con.execute("update forecast.used set measured_at = date '2026-03-11'")
    world.con.execute("update calendar.evaluation_dates set measured_at = date '2026-03-11'")
    world.project()
    assert world.paths(at=date(2026, 3, 11)) == [(110, 110, 110)]


def test_widths_are_those_of_past_errors_once_there_are_thirty(world):
    world.metric("calls", "sum", 105, dict.fromkeys(range(1, 29), 10))
    for number in range(ENOUGH - 1):
        world.outcome(number - 10)
    world.project()
    [(low, middle, _)] = world.paths()
    assert low == middle * Decimal("0.72")
    again = World()
    again.metric("calls", "sum", 105, dict.fromkeys(range(1, 29), 10))
    for number in range(ENOUGH):
        again.outcome(number - 10)
    again.project()
    # The tenth percentile of -10 to 19 is -8 percent, the ninetieth 16 percent.
    [(low, middle, high)] = again.paths()
    assert (low, high) == (middle * Decimal("0.92"), middle * Decimal("1.16"))


def test_errors_of_another_tenth_or_from_later_on_are_none_of_it(world):
    world.metric("calls", "sum", 105, dict.fromkeys(range(1, 29), 10))
    for number in range(2 * ENOUGH):
        world.outcome(number, tenth=4)
        world.outcome(number, ago=-1)
    world.project()
    [(low, middle, _)] = world.paths()
    assert low == middle * Decimal("0.72")
