"""What days roll up to equals the metric over the whole window, at every moment of a period.

Guards against money that depends on how it was computed: a key of two days that counts twice, an
average of averages, the last value of a day without one, a day of the period before that is not
carried over, or one that is and gets lost on the way (S-56).
"""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.declaration import AGGREGATIONS, CALL, rollup_of
from meterhouse.metrics.registry import billed_metrics
from tests.project.metric_sql import metric_meta, render
from tests.project.random_events import (
    EVENT_TYPES,
    carry_over,
    event_tables,
    random_instant,
    random_properties,
)

CONTRACTS = 60
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MODELS = DBT_PROJECT / "models"
# Each aggregation once more with a filter and two group keys, or none: as an analyst declares it.
DECLARED = {
    (f"declared_{aggregation}", version): {
        "event_types": ["storage_sample", "connection_sample"],
        "group_keys": keys,
        "aggregation": aggregation,
        **({"aggregation_key": key} if aggregation != "count" else {}),
        "property_filters": [{"name": "region", "not_in_values": ["b"]}],
    }
    for aggregation, key in zip(AGGREGATIONS, ["", *["gb"] * 6], strict=True)
    for version, keys in ((1, ["region", "connections"]), (2, []))
}
# And with what it carries over (S-56), where days can hold it.
DECLARED |= {
    (f"{name}_carried", version): {**meta, "carry": {"by": meta["group_keys"], "having": "gb"}}
    for (name, version), meta in DECLARED.items()
    if meta["aggregation"] not in ("count", "sum")
}
DECLARED = {key: {**meta, "rollup": rollup_of(meta)} for key, meta in DECLARED.items()}
SHIPPED = {key: metric_meta(*key) for key in billed_metrics()}
METRICS = {key: meta for key, meta in (DECLARED | SHIPPED).items() if meta["rollup"]}


def sql_of(metric: str, version: int) -> str:
    """The model of a metric."""
    meta = DECLARED.get((metric, version))
    path = DBT_PROJECT / "models" / "metrics" / metric / f"{metric}_v{version}.sql"
    return render(CALL if meta else path.read_text("utf-8"), metric, version, meta)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Two periods of each contract, in each some moments: days, and the days up to each moment."""
    rng = random.Random(20260107)
    segments, windows, events = [], set(), []
    for contract in range(CONTRACTS):
        start = FIRST
        for length in (rng.choice([1, 2, 5]), rng.choice([3, 31])):
            moments = {rng.randint(1, length) for _ in range(4)} | {length}
            period, begun = start.date(), start.date()
            for moment in sorted(moments):
                segments.append((f"{contract}", period, begun, period + timedelta(moment)))
                begun = segments[-1][-1]
            days = _events(rng, contract, start, length, events)
            for event_type, day in days:
                ends = [end for _, first, _, end in segments if first == period and day < end]
                spans = {(period, end) for end in ends} | {(day, day + timedelta(1))}
                windows |= {(f"{contract}", *span, event_type, day) for span in spans}
            start += timedelta(days=length)
    rows = [
        (*key, contract, first, end, f"sent-{contract}", event_type, day)
        for contract, first, end, event_type, day in sorted(windows)
        for key, meta in METRICS.items()
        if event_type in meta["event_types"]
    ]
    con = event_tables(rows, events)
    con.execute("create table segments (contract_id text, period_start date, a date, b date)")
    con.executemany("insert into segments values (?, ?, ?, ?)", segments)
    con.execute("create table billable_metrics (metric text, metric_version int, rollup text)")
    con.executemany(
        "insert into billable_metrics values (?, ?, ?)",
        [(*key, meta["rollup"]) for key, meta in METRICS.items()],
    )
    con.execute(
        "create table product_segments as select contract_id, period_start, a as segment_start, "
        "b as measured_to, metric, metric_version from segments cross join billable_metrics"
    )
    con.execute(
        "create table carried_into as select distinct contract_id, period_start as window_start, "
        "unnest([period_start + 1, b]) as window_end from segments"
    )
    for key, meta in METRICS.items():
        if "carry" in meta:
            carry_over(con, *key, meta)
    _measure(con)
    return con


def _events(
    rng: random.Random, contract: int, start: datetime, days: int, events: list[tuple]
) -> set[tuple[str, date]]:
    """Append events of a period; gives their types and days."""
    found = set()
    for _ in range(rng.choice([0, 2, 20, 200])):
        event_type = rng.choice(list(EVENT_TYPES))
        at = random_instant(rng, start, days)
        seq = len(events) + 1
        properties = random_properties(rng, EVENT_TYPES[event_type])
        events.append((seq, f"e{seq}", f"sent-{contract}", event_type, at, properties))
        found.add((event_type, at.date()))
    return found


def _measure(con: duckdb.DuckDBPyConnection) -> None:
    """`measured`: every metric over all windows; the models have its single days alone."""
    parts = []
    for (metric, version), meta in METRICS.items():
        keys = ", ".join(f"'{key}', \"{key}\"" for key in sorted(meta["group_keys"]))
        parts.append(
            f"select '{metric}' as metric, {version} as metric_version, contract_id, window_start, "
            f"window_end, json_object({keys})::varchar as metric_group, quantity "
            f"from ({sql_of(metric, version)})"
        )
    con.execute(f"create table measured as {' union all '.join(parts)}")
    con.execute(
        "create view metric_values as from measured where window_end = window_start + 1;"
        "create table due_windows as select * from due_window_days"
    )
    states = [
        (*key, meta)
        for key, meta in METRICS.items()
        if meta["rollup"] in ("unique", "time_average")
    ]
    for name in (
        "calendar/evaluation_dates",
        "usage/day_states",
        "usage/rolled_up_states",
        "usage/cumulative_usage",
    ):
        sql = render((MODELS / f"{name}.sql").read_text("utf-8"), with_states=states)
        con.execute(f"create table {name.split('/')[1]} as {sql}")


@pytest.mark.parametrize(("metric", "version"), sorted(METRICS))
def test_days_give_what_the_whole_window_gives(con, metric: str, version: int):
    moments = "select distinct contract_id, period_start, b as measured_at from segments"
    whole = con.execute(
        f"select moments.*, metric_group, quantity from ({moments}) as moments "
        "inner join measured on measured.contract_id = moments.contract_id "
        "and window_start = period_start and window_end = measured_at "
        "where metric = ? and metric_version = ?",
        [metric, version],
    ).fetchall()
    rolled_up = con.execute(
        "select contract_id, period_start, measured_at, metric_group, quantity "
        "from cumulative_usage where metric = ? and metric_version = ?",
        [metric, version],
    ).fetchall()
    assert len(whole) > CONTRACTS and len({row[-1] for row in whole}) > 2, "too few to tell"
    if metric == "llm_tokens_weighted":
        # Each day is rounded once, as docs/decisions/0060 says.
        found = {tuple(row[:-1]): row[-1] for row in rolled_up}
        assert len(found) == len(rolled_up) == len(whole)
        for *key, quantity in whole:
            assert abs(found[tuple(key)] - quantity) <= 31 * Decimal("0.00000000005")
    else:
        assert sorted(rolled_up) == sorted(whole)


def test_every_rollup_is_proved():
    assert {meta["rollup"] for meta in METRICS.values()} == {
        *("sum", "max", "min", "latest", "unique", "time_average"),
        *("average_of_days_with_data", "average_of_all_days"),
    }
