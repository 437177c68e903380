"""Views that are there as this code made them, which a build need not make again.

A view says the same as long as the code is the same: DuckDB keeps its text, which is compared, so
one that somebody has replaced is made anew.
"""

from collections.abc import Sequence

import duckdb

from meterhouse.warehouse.database import append_rows, table_exists, transaction

TABLE = "inputs.made_views"
_COLUMNS = "schema_name VARCHAR, view_name VARCHAR, project VARCHAR, definition VARCHAR"
_VIEWS = "(from duckdb_views() where database_name = current_database() and not internal)"


def standing_views(con: duckdb.DuckDBPyConnection, project: str) -> set[tuple[str, str]]:
    """(schema, name) of each view that the project of that digest made and that is as it was."""
    if not project or not table_exists(con, *TABLE.split(".")):
        return set()
    found = con.execute(
        f"select schema_name, view_name from {TABLE} as made inner join {_VIEWS} as views "
        "using (schema_name, view_name) where made.project = ? and made.definition = views.sql",
        [project],
    )
    return {(schema, name) for schema, name in found.fetchall()}


def note_views(
    con: duckdb.DuckDBPyConnection, project: str, made: Sequence[tuple[str, str]]
) -> None:
    """These views, (schema, name), were made by the project of that digest, as they are now."""
    if not project or not made:
        return
    con.execute("create schema if not exists inputs")
    with transaction(con):
        con.execute(f"create table if not exists {TABLE} ({_COLUMNS})")
        con.execute(f"delete from {TABLE} where project <> ?", [project])
        for schema, name in made:
            con.execute(
                f"delete from {TABLE} where schema_name = ? and view_name = ?", [schema, name]
            )
        listed = con.execute(f"select schema_name, view_name, sql from {_VIEWS}").fetchall()
        rows = [(schema, name, project, text) for schema, name, text in listed]
        append_rows(con, TABLE, [row for row in rows if row[:2] in set(made)])
