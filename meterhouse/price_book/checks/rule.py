"""A rule of the price book: a query over the typed tables whose every row is a problem."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from meterhouse.price_book.errors import Problem

# A row that a package or a recurring grant makes stands in no file: its number is negative and says
# of which rows it is made: -(row of contracts × ROWS + row of the term), or -(row of the grant).
ROWS = 10_000_000

# An open end lies after every date, an open start before; two spans share a day if each begins
# before the other ends.
MACROS = (
    "create or replace macro end_or_never(day) as coalesce(day, date 'infinity')",
    "create or replace macro start_or_ever(day) as coalesce(day, date '-infinity')",
    "create or replace macro share_a_day(start_1, end_1, start_2, end_2) as"
    " start_1 < end_or_never(end_2) and start_2 < end_or_never(end_1)",
)


@dataclass(frozen=True)
class Rule:
    """`query` gives `file_row` of `table` and the columns that `message` and `next_step` name.

    Every row is reported. A column `blamed_column` in the result stands for `column`. A message
    cites the rule that it follows from. With `of_faulty_rows` a row is looked at although another
    of its cells has a fault: a rule over few cells, which finds nothing where one of them is null.
    """

    name: str
    table: str
    column: str | None
    query: str
    message: str
    next_step: str
    of_faulty_rows: bool = False

    def reads(self, tables: Collection[str]) -> set[str]:
        """The tables that the query names."""
        return {name for name in tables if re.search(rf"\b{name}\b", self.query)} | {self.table}


def find_problems(
    con: duckdb.DuckDBPyConnection,
    rule: Rule,
    file: str,
    known: set[tuple[str, int | None]],
) -> list[Problem]:
    """The problems of one rule, but none for rows that have another problem already.

    A cell that could not be cast is null; what follows from that is not worth a second sentence.
    """
    cursor = con.execute(rule.query)
    columns = [name for name, *_ in cursor.description]
    problems = []
    for found in cursor.fetchall():
        values = _shown(dict(zip(columns, found, strict=True)))
        row = values["file_row"]
        if (file, row) not in known:
            problems.append(
                Problem(
                    file,
                    row,
                    values.get("blamed_column", rule.column),
                    rule.name,
                    rule.message.format_map(values),
                    rule.next_step.format_map(values),
                )
            )
    return problems


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in values.items()
    }
