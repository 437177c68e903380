"""Queries of one request over one publication."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.mart_files import mart_names
from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.server.reading.errors import PublicationGone, Refused
from meterhouse.server.reading.publication import Publication
from raw_events.common.sql import identifier, literals

Row = dict[str, Any]


class Reader:
    """`rows` asks the publication `at`; `con` is a cursor of its own, in UTC, over no file."""

    def __init__(self, con: duckdb.DuckDBPyConnection, home: Path, at: Publication):
        self.con, self.home, self.at = con, home, at
        self._relations: dict[str, str] = {}

    def rows(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows, by column. `{invoices}` reads a mart, `{book.customers}` the price book.

        Decimals come as Decimal, instants in UTC. The query bounds how many rows there are.
        """
        names, found = self._asked(query, parameters)
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def columns(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[str]:
        """The names of the columns that `rows` gives, also where there is no row."""
        return self._asked(query, parameters)[0]

    def _asked(
        self, query: str, parameters: Mapping[str, Any] | None
    ) -> tuple[list[str], duckdb.DuckDBPyConnection]:
        text = query.format_map(_Relations(self))
        (statement,) = self.con.extract_statements(text)
        # Of a query that is put together not every part asks for every parameter.
        asked = statement.named_parameters
        named = {name: value for name, value in (parameters or {}).items() if name in asked}
        found = self.con.execute(statement, named)
        return [column[0] for column in found.description or []], found

    def relation(self, table: str, book: bool = False) -> str:
        """A mart, or a table of the price book, as SQL with the columns of columns.py."""
        key = f"book.{table}" if book else table
        if key not in self._relations:
            files = [self._of_book(table)] if book else self._mart(table)
            self._relations[key] = self._read(files, (BOOK if book else MARTS)[table])
        return self._relations[key]

    def _read(self, files: list[Path], columns: dict[str, str]) -> str:
        source = f"from read_parquet([{literals(files)}])" if files else "where false"
        known = self.con.sql(f"{source} limit 0").columns if files else []
        selected = ", ".join(
            identifier(name) if name in known else f"null::{kind} as {identifier(name)}"
            for name, kind in columns.items()
        )
        return f"(select {selected} {source})"

    def _mart(self, table: str) -> list[Path]:
        """Empty for a mart that the release which published did not have."""
        files = [self.at.folder / name for name in mart_names(self.at.files, table)]
        for path in files:
            if not path.is_file():
                raise PublicationGone(f"{path} is missing.")
        return files

    def _of_book(self, table: str) -> Path:
        try:
            path = read_frozen(self.home, self.at.price_book).path / f"{table}.parquet"
        except FileNotFoundError as error:
            raise Refused(503, str(error), 60) from error
        if not path.is_file():
            raise Refused(503, f"{path} is missing: restore it from a backup.", 60)
        return path


class _Relations(dict[str, str]):
    """What stands in braces in a query; `book.x` comes as an attribute of `book`."""

    def __init__(self, reader: Reader):
        super().__init__()
        self.reader = reader

    def __missing__(self, key: str) -> Any:
        return _Book(self.reader) if key == "book" else self.reader.relation(key)


class _Book:
    def __init__(self, reader: Reader):
        self._reader = reader

    def __getattr__(self, table: str) -> str:
        return self._reader.relation(table, book=True)
