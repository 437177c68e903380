"""Whether a query computes with floating point, as DuckDB's own binder sees it (S-18)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from meterhouse.metrics.allowed.tree import within
from meterhouse.metrics.model_columns import empty_table
from raw_events.common.sql import identifier

# As in profiles.yml, where dbt takes it from the file's name.
CATALOG = "warehouse"
HOUSE = (("calendar", "due_windows"), ("calendar", "due_window_days"), ("events", "events"))


@contextmanager
def house_database(
    lookups: Mapping[str, Mapping[str, str]],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with what a metric reads, empty: its events and lookup tables."""
    with duckdb.connect() as con:
        con.execute(f"attach ':memory:' as {CATALOG}; use {CATALOG}; set TimeZone = 'UTC'")
        for schema in ("calendar", "events", "lookups"):
            con.execute(f"create schema {schema}")
        for schema, model in HOUSE:
            con.execute(empty_table(schema, model))
        for lookup, columns in lookups.items():
            typed = "".join(f", {identifier(name)} {kind}" for name, kind in columns.items())
            con.execute(f"create table lookups.{identifier(lookup)} (price_book varchar{typed})")
        yield con


def computes_floats(con: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether anything in the plan of `sql` is a DOUBLE or FLOAT.

    False where it cannot be bound: its build then says which column is missing.
    """
    try:
        [(text,)] = con.execute("select json_serialize_plan($1::varchar)", [sql]).fetchall()
    except duckdb.Error:
        return False
    return any(
        node.get("id") in ("DOUBLE", "FLOAT") and "type_info" in node
        for node in within(json.loads(text))
    )
