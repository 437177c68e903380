"""Schemas `price_book` and `lookups` of the warehouse: the frozen books that a run needs."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from meterhouse.common.progress import reporter
from meterhouse.common.table_sums import (
    NOTE_COLUMNS,
    has_notes,
    note_sum,
    noted_sums,
    shapes,
    table_sum,
)
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from meterhouse.price_book.sums import broken_sums
from meterhouse.warehouse.database import transaction
from meterhouse.warehouse.errors import WarehouseError
from raw_events.common.sql import literal

NOTES = "inputs.stored_price_books"
_SCHEMAS = ("price_book", "lookups")
# Table → column → SQL type, as this release has them.
DECLARED = {
    name: {column.name: find_kind(column.kind).sql_type for column in table.columns}
    for name, table in TABLES.items()
}


def load_price_books(con: duckdb.DuckDBPyConnection, books: Iterable[FrozenBook]) -> bool:
    """Make the schemas hold exactly these books; whether anything had to be written.

    Frozen books never change, so their digests decide, and whether the tables are still as they
    were noted then (S-48): what somebody wrote into them is replaced, with a line that says so. All
    tables change in one transaction.
    """
    by_digest = {book.digest: book for book in books}
    wanted = [by_digest[digest] for digest in sorted(by_digest)]
    con.execute("create schema if not exists inputs")
    con.execute("create table if not exists inputs.price_books (price_book VARCHAR)")
    loaded = con.execute("select price_book from inputs.price_books order by all").fetchall()
    is_loaded = [digest for (digest,) in loaded] == [book.digest for book in wanted]
    altered = _altered_tables(con) if is_loaded else []
    if is_loaded and _has_notes(con) and not altered and not _missing_columns(con):
        return False
    if altered:
        reporter().say(
            f"Tables of the price book in the warehouse ({', '.join(altered)}) are not as they "
            "were loaded: something else wrote into warehouse.duckdb. They are loaded again from "
            f"{wanted[0].path.parent}."
        )
    for book in wanted:
        if not any(book.path.glob("*.parquet")):
            raise WarehouseError(
                f"The frozen price book {book.path} is missing or empty, and invoices that it made "
                "may get late usage (S-43). Restore that folder from a backup; if it is the "
                "current book, run again: it is frozen anew."
            )
        broken = broken_sums(book.path)
        if broken:
            raise WarehouseError(
                f"The frozen price book {book.digest} is damaged: {'; '.join(broken)}. Restore "
                f"{book.path} from a backup, then run again; nothing was rated."
            )
    with transaction(con):
        for schema, folder in (("price_book", "."), ("lookups", "lookups")):
            _replace_schema(con, schema, [(book.digest, book.path / folder) for book in wanted])
        _note_tables(con)
        con.execute("delete from inputs.price_books")
        con.executemany(
            "insert into inputs.price_books values (?)", [[book.digest] for book in wanted]
        )
    return True


def _replace_schema(
    con: duckdb.DuckDBPyConnection, schema: str, folders: list[tuple[str, Path]]
) -> None:
    con.execute(f"create schema if not exists {schema}")
    files: dict[str, list[tuple[str, Path]]] = {}
    for digest, folder in folders:
        for path in sorted(folder.glob("*.parquet")):
            files.setdefault(path.stem, []).append((digest, path))
    query = "select table_name, table_type from information_schema.tables where table_schema = ?"
    for table, kind in con.execute(query, [schema]).fetchall():
        # No view is ours, also not one that somebody put in a table's place.
        if kind == "VIEW":
            con.execute(f'drop view {schema}."{table}"')
        elif table not in files:
            con.execute(f'drop table {schema}."{table}"')
    declared = DECLARED if schema == "price_book" else {}
    for table in sorted(files.keys() | declared.keys()):
        # A book has the tables and columns of the release that froze it: what came later is null.
        selects = [_select(con, digest, path) for digest, path in files.get(table, [])]
        columns = {"price_book": "VARCHAR", **declared.get(table, {})}
        if table in declared:
            names = (f'null::{type_} as "{name}"' for name, type_ in columns.items())
            selects.append(f"(select {', '.join(names)} limit 0)")
        union = " union all by name ".join(selects)
        con.execute(f'create or replace table {schema}."{table}" as {union}')


def _note_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"create or replace table {NOTES} ({NOTE_COLUMNS})")
    for table, shape in sorted(shapes(con, *_SCHEMAS).items()):
        note_sum(con, NOTES, table, table_sum(con, table, shape))


def _has_notes(con: duckdb.DuckDBPyConnection) -> bool:
    """Not of an earlier release, which noted nothing, or of another version of the engine."""
    return has_notes(con, NOTES) and bool(noted_sums(con, NOTES))


def _altered_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables that are not as noted, are gone, or were added; none where nothing is noted."""
    if not _has_notes(con):
        return []
    noted, present = noted_sums(con, NOTES), shapes(con, *_SCHEMAS)
    return sorted(
        table
        for table in noted.keys() | present.keys()
        if table not in present or table_sum(con, table, present[table]) != noted.get(table)
    )


def _missing_columns(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether this code knows a column that the loaded tables do not have: it was updated."""
    rows = con.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = 'price_book'"
    ).fetchall()
    wanted = {(table, name) for table, columns in DECLARED.items() for name in columns}
    return bool(wanted - set(rows))


def _select(con: duckdb.DuckDBPyConnection, digest: str, path: Path) -> str:
    source = f"read_parquet({literal(path)})"
    columns = [name for name in con.sql(f"from {source}").columns if name != "price_book"]
    names = "".join(f', "{name}"' for name in columns)
    return f"select '{digest}'::varchar as price_book{names} from {source}"
