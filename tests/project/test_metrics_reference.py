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
import pyarrow
import pytest
import yaml

from dagster_pipeline.metric_registry import metric_group_keys
from dagster_pipeline.settings import DBT_PROJECT
from tests.project.metric_reference import REFERENCE, Event, Window, by_day
from tests.project.metric_sql import metric_sql

WINDOWS = 300
EVENT_TYPES = {
    "api_call": ("region", "user_id", "status", "latency_ms"),
    "llm_request": ("model", "user_id", "input_tokens", "output_tokens"),
    "transfer": ("region", "direction", "bytes"),
    "connection_sample": ("region", "connections"),
    "storage_sample": ("region", "gb", "free_gb"),
    "instance_start": ("instance_id", "instance_type"),
    "instance_heartbeat": ("instance_id", "instance_type"),
    "instance_stop": ("instance_id", "instance_type"),
    "seat_active": ("plan", "user_id"),
}
TEXTS = [
    '"a"',
    '"b"',
    '"large"',
    '"free"',
    '""',
    "1",
    '"1"',
    "1.0",
    '"1.0"',
    "2.50",
    "null",
    "true",
]
ODD = [
    '"1_0"',
    '"NaN"',
    '" 1"',
    '"0x1F"',
    "true",
    "null",
    "1000000000000000",
    '"1e15"',
    '""',
    '"5."',
]
NUMERIC = {"status", "latency_ms", "input_tokens", "output_tokens", "bytes", "connections"}
NUMERIC |= {"gb", "free_gb"}


def _number(rng: random.Random) -> str:
    return rng.choice(
        [
            str(rng.randint(-3, 12)),
            str(rng.choice([499, 500, 501, 503])),
            f"{rng.randint(-999, 999)}.{rng.randint(0, 99):02d}",
            f'"{rng.randint(0, 99)}.{rng.randint(0, 10**10 - 1):010d}5"',
            f'"{rng.choice("+-")}{rng.randint(0, 9)}.5e{rng.randint(-12, 3)}"',
            '"999999999999999.9999999999"',
            '"-0.00000000005"',
        ]
    )


def _properties(rng: random.Random, keys: tuple[str, ...]) -> str:
    values = {}
    for key in keys:
        odd = rng.random()
        if key in NUMERIC:
            values[key] = rng.choice(ODD) if odd < 0.1 else _number(rng)
        else:
            values[key] = rng.choice(TEXTS)
        if odd > 0.93:
            del values[key]
    return "{" + ", ".join(f'"{key}": {value}' for key, value in values.items()) + "}"


def _instant(rng: random.Random, start: datetime, days: int) -> datetime:
    second = timedelta(days=days) * rng.random()
    edges = [
        timedelta(0),
        timedelta(days=days) - timedelta(microseconds=1),
        timedelta(days=rng.randrange(days)),
        timedelta(hours=rng.randrange(24 * days)),
        timedelta(minutes=15 * rng.randrange(4)),
        second,
        second,
    ]
    return start + rng.choice(edges)


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
        for _ in range(rng.choice([1, 3, 20, 80])):
            event_type = rng.choice(event_types)
            keys = EVENT_TYPES[event_type]
            properties = _properties(rng, keys)
            instant = _instant(rng, start, days)
            seq = len(event_rows) + 1
            parsed = json.loads(properties, parse_float=Decimal)
            events.append(Event(seq, event_type, instant, parsed))
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
        windows.append(Window(start, end, events))
    return _tables(window_rows, event_rows), windows


@cache
def _event_types(metric: str) -> set[str]:
    path = DBT_PROJECT / "models" / "metrics" / metric / f"_{metric}__models.yml"
    return set(
        yaml.safe_load(path.read_text("utf-8"))["models"][0]["config"]["meta"]["event_types"]
    )


def _tables(window_rows: list[tuple], event_rows: list[tuple]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    names = (
        "metric metric_version contract_id window_start window_end sent_id event_type event_date"
    )
    windows = pyarrow.table(dict(zip(names.split(), zip(*window_rows, strict=True), strict=True)))
    con.register("windows", windows)
    con.execute("create table due_window_days as select *, 'book' as price_book from windows")
    names = "event_seq transaction_id customer_id event_type timestamp sent"
    events = pyarrow.table(dict(zip(names.split(), zip(*event_rows, strict=True), strict=True)))
    con.register("sent_events", events)
    con.execute(
        "create table events as select * exclude (sent), timestamp::date as event_date, "
        "sent as properties, null::varchar as property_texts from sent_events"
    )
    con.execute(
        "create table model_weights as select * from (values "
        "('book', 'large', 2.5::decimal(20, 10)), ('book', 'free', 0), ('old book', 'a', 7)"
        ") as weights (price_book, model, weight)"
    )
    return con


def test_every_metric_has_its_rule_in_python():
    assert set(REFERENCE) == set(metric_group_keys())


@pytest.mark.parametrize(("metric", "version"), sorted(REFERENCE))
def test_metric_equals_its_rule(cases, metric: str, version: int):
    con, windows = cases
    keys = metric_group_keys()[metric, version]
    found: dict[int, dict] = defaultdict(dict)
    query = (
        f"select contract_id::int, quantity, {', '.join(keys)} from ({metric_sql(metric, version)})"
    )
    for case, quantity, *group in con.execute(query).fetchall():
        assert tuple(group) not in found[case], "a group on two rows"
        found[case][tuple(group)] = quantity
    for case, window in enumerate(windows):
        own = [event for event in window.events if event.event_type in _event_types(metric)]
        expected = REFERENCE[metric, version](Window(window.start, window.end, own))
        assert found[case] == expected, f"window {case}: {[day for day in by_day(own)]}"
