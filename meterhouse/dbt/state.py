"""Tables that grow are in the warehouse before the first model runs, empty if need be.

A model's SQL is the same on a first run and on any later one: what it goes on from is a table, with
no rows in it yet. `dbt build` by hand does the same (macros/materializations/state.sql).
"""

from collections.abc import Iterable

import duckdb

from meterhouse.dbt.compiled import Node
from meterhouse.warehouse.database import transaction
from raw_events.common.sql import identifier

GROWS = "incremental"
# Notes of windows whose values are gone: of a metric whose table is not there.
FORGET_NOTES = (
    "delete from usage.computed_windows where metric = $metric and metric_version = $version"
)


def make_kept_tables(con: duckdb.DuckDBPyConnection, models: Iterable[Node]) -> None:
    """Create what is missing, as the models' contracts say, all or nothing."""
    known = {
        (schema, table)
        for schema, table in con.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where database_name = current_database()"
        ).fetchall()
    }
    missing = [
        node
        for node in models
        if node.materialized == GROWS and (node.schema, node.alias) not in known
    ]
    if not missing:
        return
    with transaction(con):
        for node in missing:
            con.execute(f"create schema if not exists {identifier(node.schema)}")
            con.execute(f"create table {node.relation} ({_columns(node)})")
            if node.schema == "metrics" and ("usage", "computed_windows") in known:
                asked = {"metric": node.name, "version": node.version}
                con.execute(FORGET_NOTES, asked)


def _columns(node: Node) -> str:
    return ", ".join(f"{identifier(name)} {kind}" for name, kind in node.columns or [])
