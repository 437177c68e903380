"""Schemas `price_book` and `lookups` of the warehouse: the frozen books that a run needs."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from meterhouse.price_book.freeze import FrozenBook
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from meterhouse.price_book.sums import broken_sums
from meterhouse.warehouse.database import transaction
from meterhouse.warehouse.errors import WarehouseError
from raw_events.common.sql import literal

# Table → column → SQL type, as this release has them.
DECLARED = {
    name: {column.name: find_kind(column.kind).sql_type for column in table.columns}
    for name, table in TABLES.items()
}


def load_price_books(con: duckdb.DuckDBPyConnection, books: Iterable[FrozenBook]) -> bool:
    """Make the schemas hold exactly these books; whether anything had to be written.

    Frozen books never change, so their digests decide. All tables change in one transaction.
    """
    by_digest = {book.digest: book for book in books}
    wanted = [by_digest[digest] for digest in sorted(by_digest)]
    con.execute("create schema if not exists inputs")
    con.execute("create table if not exists inputs.price_books (price_book VARCHAR)")
    loaded = con.execute("select price_book from inputs.price_books order by all").fetchall()
    is_loaded = [digest for (digest,) in loaded] == [book.digest for book in wanted]
    if is_loaded and not _missing_columns(con):
        return False
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
    query = "select table_name from information_schema.tables where table_schema = ?"
    for (table,) in con.execute(query, [schema]).fetchall():
        if table not in files:
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
