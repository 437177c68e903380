"""What a period begins with (S-56), over random histories.

Guards against seconds that get lost or count twice where two periods meet, and a value that a
quiet month changes. What runs keep: test_kept_carries.py.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.project.metric_sql import metric_meta, metric_sql
from tests.project.random_events import carry_over, event_tables

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
TYPES = ("instance_start", "instance_heartbeat", "instance_stop")
# At most an hour on either side of the midnight between two days, now and then on the dot.
SIGNAL = st.tuples(
    st.integers(0, 3), st.integers(-3600, 3600), st.sampled_from(TYPES), st.sampled_from("ab"),
    st.sampled_from(("small", "large")),
)  # fmt: skip
SAMPLE = st.tuples(
    st.integers(0, 40 * 86400), st.sampled_from(("eu", "us")), st.integers(-9, 99) | st.just("bad")
)


@cache
def of_metric(metric: str) -> tuple[dict, str]:
    """What the YAML of version 2 declares, and its SQL over its own windows."""
    own = "from (from due_window_days where metric_version = 2) as windows"
    sql = metric_sql(metric, 2).replace("from due_window_days as windows", own)
    return metric_meta(metric, 2), sql


def measured(metric: str, events: list[tuple], start: int, end: int) -> dict[str, Decimal]:
    """Group → quantity of version 2 over the days `start` to before `end` of one contract."""
    first, last = (FIRST.date() + timedelta(day) for day in (start, end))
    rows = [(n, f"e{n}", "sent-1", *event) for n, event in enumerate(events, 1)]
    days = {(event[3], event[4].date()) for event in rows}
    meta, sql = of_metric(metric)
    windows = [
        (metric, 2, "1", first, last, "sent-1", event_type, day)
        for event_type, day in days
        if first <= day < last
    ]
    # A table of none has no types.
    con = event_tables(windows or [(metric, 0, "1", first, last, "", "", first)], rows)
    con.execute(
        "create table carried_into as "
        "select '1' as contract_id, ? as window_start, ? as window_end",
        [first, last],
    )
    carry_over(con, metric, 2, meta)
    [group] = meta["group_keys"]
    return dict(con.execute(f'select "{group}", quantity from ({sql})').fetchall())


@settings(max_examples=12)
@given(st.lists(SIGNAL, min_size=1, max_size=25), st.integers(1, 2))
def test_instance_seconds_of_two_periods_are_those_of_both(signals, boundary) -> None:
    events = [
        (kind, FIRST + timedelta(days=day + 1, seconds=second),
         f'{{"instance_id": "{instance}", "instance_type": "{size}"}}')
        for day, second, kind, instance, size in signals
    ]  # fmt: skip
    both = measured("instance_seconds", events, 1, 4)
    parts = [
        measured("instance_seconds", events, *days)
        for days in ((1, boundary + 1), (boundary + 1, 4))
    ]
    added = {key: sum(part.get(key, 0) for part in parts) for key in set().union(*parts)}
    assert {key: value for key, value in added.items() if value} == {
        key: value for key, value in both.items() if value
    }


@settings(max_examples=12)
@given(st.lists(SAMPLE, min_size=1, max_size=12))
def test_a_month_without_events_has_what_was_there_before_it(samples) -> None:
    """The latest value and the average over time are both that of the moment before."""
    events = [
        ("storage_sample", FIRST + timedelta(seconds=second),
         f'{{"region": "{region}", "gb": "{number}"}}')
        for second, region, number in samples
    ]  # fmt: skip
    before = measured("storage_gb_latest", events, 0, 41)
    assert measured("storage_gb_latest", events, 41, 69) == before
    assert measured("storage_gb_time_avg", events, 41, 69) == before
