"""What events have, counted as they land, and bounded (S-64), by the models' SQL.

Guards against a mart that grows with ids as names, that depends on how files are cut, or that
counts an event twice.
"""

import json
import random
from typing import Any

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.metrics.model_columns import empty_table

GIVEN = """
    create schema inputs; create schema events;
    create table inputs.run (log_version bigint);
    create table inputs.schema_faults (
        log_version bigint, received_at timestamptz, event_type varchar, property varchar,
        json_type varchar, rule varchar, events bigint
    );
    create table inputs.declared_properties (event_type varchar, property varchar);
    create table landed_events (
        log_version bigint, event_type varchar, properties varchar, received_at timestamptz
    );
"""
EVENTS: list[tuple[str, str | None]] = [
    ("job", '{"minutes":1,"model":"a"}'),
    ("job", '{"minutes":"1","model":null}'),
    ("job", '{"minutes":1e999,"model":{}}'),
    ("job", '{"minutes":[],"a/b":{"deep":[1,{"x":null}]}}'),
    ("job", '{"minutes":12345678901234567890123,"t":true}'),
    ("job", "{}"),
    ("other", None),
    ("other", '{"qu\\"ote":-1}'),
]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute("set timezone = 'UTC'")
    opened.execute(GIVEN)
    opened.execute(empty_table("events", "event_properties").replace("events.", "", 1))
    return opened


Events = list[tuple[str, str | None]]


def land(con: duckdb.DuckDBPyConnection, version: int, events: Events) -> None:
    """One batch, and the run that reads it."""
    con.execute("delete from inputs.run; delete from landed_events")
    con.execute("insert into inputs.run values (?)", [version])
    con.executemany(
        "insert into landed_events values "
        "(?, ?, ?, '2026-01-01 00:00:00Z'::timestamptz + to_hours(?))",
        [(version, event_type, properties, version) for event_type, properties in events],
    )
    sql = model_sql("event_properties", "events")
    con.execute(f"insert into event_properties by name {sql}")


def mart(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    sql = model_sql("event_schema_drift", "marts")
    rows = con.execute(f"select * exclude (first_seen_at, last_seen_at) from ({sql}) order by all")
    return rows.fetchall()


def test_each_property_is_counted_by_its_json_type(con: duckdb.DuckDBPyConnection):
    land(con, 1, EVENTS)
    counts = {row[:3]: row[3] for row in mart(con)}
    assert counts == {
        ("job", None, None): 6,
        ("job", "minutes", "number"): 3,
        ("job", "minutes", "string"): 1,
        ("job", "minutes", "array"): 1,
        ("job", "model", "string"): 1,
        ("job", "model", "null"): 1,
        ("job", "model", "object"): 1,
        ("job", "a/b", "object"): 1,
        ("job", "t", "boolean"): 1,
        ("other", None, None): 2,
        ("other", 'qu"ote', "number"): 1,
    }


def test_declared_faults_and_what_is_absent(con: duckdb.DuckDBPyConnection):
    land(con, 1, EVENTS)
    con.execute("insert into inputs.declared_properties values ('job', null), ('job', 'minutes')")
    con.execute("""
        insert into inputs.schema_faults values
            (1, '2026-01-01 01:00:00Z', 'job', 'minutes', 'absent', 'required', 1),
            (1, '2026-01-01 01:00:00Z', 'job', 'minutes', 'string', 'maximum', 1),
            (2, '2026-01-01 02:00:00Z', 'job', 'minutes', 'string', 'enum', 4),
            (1, '2026-01-01 01:00:00Z', 'job', null, null, 'additionalProperties', 3)
    """)
    found = {row[:3]: row[3:] for row in mart(con)}
    assert found["job", None, None] == (6, True, 3, "additionalProperties", 0)
    assert found["job", "minutes", "absent"] == (1, True, 1, "required", None)
    assert found["job", "minutes", "string"] == (1, True, 5, "enum, maximum", None)
    assert found["job", "minutes", "number"] == (3, True, 0, None, None)
    assert found["job", "model", "null"][1:3] == (False, 0)
    assert found["other", None, None][1] is False


def test_names_made_of_ids_are_bounded_and_any_cut_gives_the_same(con: duckdb.DuckDBPyConnection):
    chance = random.Random(1)
    events: Events = [
        ("job", json.dumps({"minutes": 1, f"id-{n:05}": n, f"k{n % 7}": "x"})) for n in range(1_500)
    ]
    con.execute("insert into inputs.declared_properties values ('job', null), ('job', 'id-00900')")
    land(con, 1, events)
    whole = mart(con)
    names = {row[1] for row in whole if row[1]}
    assert len(names) == 200 + 1 and {"minutes", "k6", "id-00900"} <= names
    (type_row,) = [row for row in whole if row[1] is None]
    assert (type_row[3], type_row[-1]) == (1_500, 1_000 - 201)
    (stored,) = con.execute("select count(distinct property) from event_properties").fetchall()
    assert stored == (1_000,)
    con.execute("delete from event_properties")
    chance.shuffle(events)
    for number, start in enumerate(range(0, 1_500, 400), 1):
        land(con, number, events[start : start + 400])
    assert mart(con) == whole


def test_first_and_last_seen(con: duckdb.DuckDBPyConnection):
    for version in (3, 5):
        land(con, version, [("job", '{"minutes":1}')])
    sql = model_sql("event_schema_drift", "marts")
    seen = con.execute(
        f"select distinct first_seen_at::varchar, last_seen_at::varchar from ({sql})"
    )
    assert seen.fetchall() == [("2026-01-01 03:00:00+00", "2026-01-01 05:00:00+00")]
