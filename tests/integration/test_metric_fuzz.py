"""Whatever the checks let through is one SELECT over the declared inputs, each window by itself.

Files of metrics are put together at random (random_metrics.py), and the checks decide. What passes
is filled in with the project's own macros, looked at by DuckDB's own parser and binder, and run in
a database where every other table is a trap. Then one customer's rows and another price book's are
taken away, and the other's must not change.
"""

import json
import random
import re
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from meterhouse.metrics.allowed.floats import computes_floats, house_database
from meterhouse.metrics.allowed_sql import compiled_problems, sql_problems
from meterhouse.metrics.registry import lookup_columns
from tests.integration.random_metrics import TRAPS, metrics
from tests.project.metric_sql import render

LOOKUPS = lookup_columns()


@pytest.fixture(scope="module")
def house():
    """The house with two customers' events and price books, and with the first ones alone."""
    with house_database(LOOKUPS) as both, house_database(LOOKUPS) as alone:
        for con, customers in ((both, ("acme", "beta")), (alone, ("acme",))):
            _fill(con, customers)
            # The same rows of book b in another order, weights equal; and a book of another time.
            books = [("b", "start"), ("b", "stop"), ("b", "pause")]
            books = [*books, ("other", "start")] if con is both else books[::-1]
            con.executemany(
                "insert into lookups.model_weights by name "
                "select $1 as price_book, $2 as model, 2.5 as weight",
                books,
            )
        yield both, alone


def _fill(con: duckdb.DuckDBPyConnection, customers: tuple[str, ...]) -> None:
    for trap in TRAPS:
        schema, _, table = trap.partition(".")
        con.execute(f"create schema if not exists {schema}")
        con.execute(f"create or replace view {trap} as select error('the trap {table}') as x")
    rng = random.Random(14)
    rows, seq = [], 0
    for customer in ("beta", "acme"):
        for number in range(12):
            # The place in the log: another one where the other customer sends nothing.
            seq += customer in customers
            day = date(2026, 1, rng.randint(1, 3))
            properties = json.dumps({"a": rng.randint(0, 9), "k": rng.choice("xy")})
            if customer in customers:
                kind = rng.choice(["start", "stop"])
                stamp = f"{day} {rng.randint(0, 23):02}:00:00+00"
                rows.append((seq, f"{customer}{number}", customer, kind, stamp, day, properties))
            else:
                rng.choice("ab"), rng.randint(0, 23)
    con.executemany(
        "insert into events.events by name select $1 as event_seq, $2 as transaction_id, "
        "$3 as customer_id, $4 as event_type, $5::timestamptz as timestamp, $6 as event_date, "
        "$7 as properties",
        rows,
    )
    con.execute(
        "insert into calendar.due_window_days by name "
        "select distinct 'm' as metric, 1 as metric_version, customer_id as contract_id, "
        "date '2026-01-01' as window_start, date '2026-01-04' as window_end, 'b' as price_book, "
        "customer_id as sent_id, event_type, event_date from events.events"
    )


def compiled(text: str) -> str:
    """The text as dbt fills it in, reading the house's tables."""
    filled = render(text, "m", 1)
    filled = filled.replace(
        "from due_window_days as windows", "from calendar.due_window_days as windows"
    )
    filled = filled.replace("join events as events", "join events.events as events")
    return re.sub(r"(?<![.\w])model_weights\b", "lookups.model_weights", filled)


SEEN = {"passed": 0, "refused": 0, "ran": 0}


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(text=metrics())
def test_what_passes_reads_its_own_windows_alone(house, tmp_path_factory, text: str):
    both, alone = house
    if sql_problems(text, set(LOOKUPS), both):
        SEEN["refused"] += 1
        return
    SEEN["passed"] += 1
    sql = compiled(text)
    # DuckDB's own parser: one statement, a SELECT.
    [statement] = both.extract_statements(sql)
    assert statement.type == duckdb.StatementType.SELECT
    try:
        tables = both.get_table_names(sql, qualified=True)
    except duckdb.Error:
        tables = set()
    assert {name.removeprefix("warehouse.").split(" ")[0] for name in tables} <= {
        *("calendar.due_window_days", "events.events", "lookups.model_weights"),
    }
    folder = tmp_path_factory.getbasetemp() / "fuzz"
    folder.mkdir(exist_ok=True)
    path = folder / "m_v1.sql"
    path.write_text(text, "utf-8")
    if compiled_problems({path: sql}, LOOKUPS):
        return
    assert not computes_floats(both, sql)
    try:
        rows = both.execute(sql).fetchall()
    except duckdb.Error as error:
        # It does not bind, or a cast fails: nothing was read that is not there.
        assert "trap" not in str(error), text
        return
    SEEN["ran"] += 1
    names = [column[0] for column in both.description]
    at = names.index("contract_id")
    # The place itself may be among the columns of `*`; what is billed may not know it.
    known = [place for place, name in enumerate(names) if not name.startswith("event_seq")]
    own = sorted(([row[i] for i in known] for row in rows if row[at] == "acme"), key=repr)
    single = sorted(([row[i] for i in known] for row in alone.execute(sql).fetchall()), key=repr)
    assert {row[at] for row in rows} <= {"acme", "beta"}, text
    assert own == single, text
    again = sorted(both.execute(sql).fetchall(), key=repr)
    assert sorted(rows, key=repr) == again, text


def test_enough_of_both_was_seen():
    """A fuzz that refuses everything proves nothing."""
    assert SEEN["passed"] > 10 and SEEN["refused"] > 10 and SEEN["ran"] > 5, SEEN
