"""What an explanation is made from and made of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb


@dataclass
class Section:
    """One step of an explanation: facts by label, and a table under them if there are `rows`."""

    title: str
    facts: dict[str, object] = field(default_factory=dict)
    columns: Sequence[str] = ()
    rows: Sequence[tuple[Any, ...]] = ()


@dataclass(frozen=True)
class Case:
    """A line and what it was made from.

    `line` has the columns of the ledger's lines, `header` those of the mart `invoices`. `slices` is
    the relation of the slices recorded with the invoice, `lines` that of its lines, `applications`
    that of what balances paid of them (S-38).
    """

    con: duckdb.DuckDBPyConnection
    header: dict[str, Any]
    line: dict[str, Any]
    log_version: int
    price_book: str
    slices: str
    lines: str
    applications: str

    @property
    def is_final(self) -> bool:
        """Whether the ledger has it."""
        return bool(self.header["status"] != "draft")

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query as dicts; price-book tables are there as `book_<table>`.

        One dict: parameters by name.
        """
        by_name = len(parameters) == 1 and isinstance(parameters[0], dict)
        cursor = self.con.execute(query, parameters[0] if by_name else list(parameters))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def section(self, title: str, query: str, *parameters: object, **facts: object) -> Section:
        """A section whose table is a query's result; one dict: parameters by name."""
        by_name = len(parameters) == 1 and isinstance(parameters[0], dict)
        cursor = self.con.execute(query, parameters[0] if by_name else list(parameters))
        return Section(
            title, facts, [column[0] for column in cursor.description], cursor.fetchall()
        )
