"""Every reference metric (S-16) against the same rule in plain Python, over random windows.

Guards against: a wrong tie, a rounding through DOUBLE, a null that counts, an event at a window's
edge. What must not be equal by chance: half of the windows are tiny, so that edges are common.
"""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import duckdb
import pytest
import yaml

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.registry import metric_group_keys
from tests.project.metric_reference import REFERENCE, Event, Window, by_day
from tests.project.metric_sql import metric_meta, metric_sql
from tests.project.random_events import (
    EVENT_TYPES,
    carry_over,
    event_tables,
    random_instant,
    random_properties,
)

WINDOWS = 300


@pytest.fixture(scope="module")
def cases() -> tuple[duckdb.DuckDBPyConnection, list[Window]]:
    """300 windows of contracts `0` to `299`, in tables as the warehouse has them."""
    rng = random.Random(20260101)
    windows, window_rows, event_rows = [], [], []
    for case in range(WINDOWS):
        days = rng.choice([1, 2, 3, 31, 365])
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=rng.randrange(60))
        end = start + timedelta(days=days)
        events = []
        # Events of a few types, so that groups are full; instances with all three of theirs.
        wanted = rng.sample(
            ["api", "llm", "transfer", "connection", "storage", "instance", "seat"], 2
        )
        event_types = [name for name in EVENT_TYPES if name.split("_")[0] in wanted]
        # Before the window too: what a metric carries over is the latest of these (S-56).
        earlier = []
        for among in rng.choices([events, earlier], weights=[3, 1], k=rng.choice([1, 3, 20, 100])):
            event_type = rng.choice(event_types)
            keys = EVENT_TYPES[event_type]
            properties = random_properties(rng, keys)
            instant = random_instant(rng, start, days)
            if among is earlier:
                instant -= timedelta(days=days) if rng.random() < 0.5 else instant - start
                instant -= timedelta(seconds=rng.randint(1, 1200))
            seq = len(event_rows) + 1
            parsed = json.loads(properties, parse_float=Decimal)
            among.append(Event(seq, event_type, instant, parsed))
            event_rows.append((seq, f"e{seq}", f"sent-{case}", event_type, instant, properties))
        for event_type in EVENT_TYPES:
            dates = {event.timestamp.date() for event in events if event.event_type == event_type}
            for metric, version in REFERENCE:
                window_rows += [
                    (
                        metric,
                        version,
                        f"{case}",
                        start.date(),
                        end.date(),
                        f"sent-{case}",
                        event_type,
                        d,
                    )
                    for d in sorted(dates)
                    if event_type in _event_types(metric)
                ]
        windows.append(Window(start, end, events, earlier))
    con = event_tables(window_rows, event_rows)
    con.execute("create table carried_into (contract_id text, window_start date, window_end date)")
    con.executemany(
        "insert into carried_into values (?, ?, ?)",
        [(f"{case}", one.start.date(), one.end.date()) for case, one in enumerate(windows)],
    )
    for metric, version in REFERENCE:
        meta = metric_meta(metric, version)
        if "carry" in meta:
            carry_over(con, metric, version, meta)
    return con, windows


@cache
def _event_types(metric: str) -> set[str]:
    path = DBT_PROJECT / "models" / "metrics" / metric / f"_{metric}__models.yml"
    return set(
        yaml.safe_load(path.read_text("utf-8"))["models"][0]["config"]["meta"]["event_types"]
    )


def test_every_metric_has_its_rule_in_python():
    assert set(REFERENCE) == set(metric_group_keys())


@pytest.mark.parametrize(("metric", "version"), sorted(REFERENCE))
def test_metric_equals_its_rule(cases, metric: str, version: int):
    con, windows = cases
    keys = metric_group_keys()[metric, version]
    found: dict[int, dict] = defaultdict(dict)
    own = f"from (from due_window_days where metric = '{metric}' and metric_version = {version})"
    sql = metric_sql(metric, version).replace("from due_window_days", own)
    query = f"select contract_id::int, quantity, {', '.join(keys)} from ({sql})"
    for case, quantity, *group in con.execute(query).fetchall():
        assert tuple(group) not in found[case], "a group on two rows"
        found[case][tuple(group)] = quantity
    for case, window in enumerate(windows):
        of_types = [
            [event for event in events if event.event_type in _event_types(metric)]
            for events in (window.events, window.earlier)
        ]
        expected = REFERENCE[metric, version](Window(window.start, window.end, *of_types))
        assert found[case] == expected, f"window {case}: {list(by_day(of_types[0]))}"
