"""A page of a list, and the whole list as CSV.

A list over marts is of one publication, which the addresses of its other pages name: they never mix
two (paging.py). A row of a publication is told by its number, for that never changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from meterhouse.server.office.columns import Ask, Column
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.paging import Place, key_after, next_page, whole
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Reader, Row
from meterhouse.server.reading.values import csv_of
from meterhouse.server.tokens import Scope

ROWS, MOST_IN_CSV = 50, 200_000


@dataclass(frozen=True)
class Listing:
    """A list over marts: `query` in a total order, its parameters from `asks`.

    `about` says what a row is and what to do about it; `nothing`, what no row means. `summary`: a
    query over the same parameters, a row for each of a few sums.
    """

    name: str
    title: str
    scope: Scope
    about: str
    nothing: str
    query: str
    columns: tuple[Column, ...]
    asks: tuple[Ask, ...] = ()
    summary: str | None = None
    summary_columns: tuple[Column, ...] = ()

    def parameters(self, asked: Asked) -> dict[str, Any]:
        """What the query gets. Raises Refused (400)."""
        return {key: value for ask in self.asks for key, value in ask.read(asked).items()}


@dataclass(frozen=True)
class LiveListing:
    """A list of what stands in the data directory now: `rows(home, parameters, rows, skip)`.

    `at_most` rows are looked at.
    """

    name: str
    title: str
    scope: Scope
    about: str
    nothing: str
    rows: Callable[[Path, dict[str, Any], int, int], list[Row]]
    columns: tuple[Column, ...]
    asks: tuple[Ask, ...] = ()

    def parameters(self, asked: Asked) -> dict[str, Any]:
        """What `rows` gets. Raises Refused (400)."""
        return {key: value for ask in self.asks for key, value in ask.read(asked).items()}


@dataclass(frozen=True)
class Shown:
    """A page of a list: its rows, the first of them counted from 1, and how many there are in all,
    None where nobody has counted. `asked`: what its fields say."""

    of: Listing | LiveListing
    rows: Sequence[Row]
    first: int
    total: int | None
    asked: dict[str, str]
    previous: str | None
    next: str | None
    csv: str
    as_of: datetime | None
    summary: Sequence[Row] = ()


def page(of: Listing, reader: Reader, asked: Asked, place: Place, fields: dict[str, str]) -> Shown:
    """The page that begins at `place`. Raises Refused (400)."""
    parameters = of.parameters(asked)
    asked.done()
    skip = key_after(place, {"row": whole})["row"] or 0
    query = f"{of.query} limit {ROWS} offset {skip}"
    rows = reader.rows(query, parameters)
    [counted] = reader.rows(f"select count(*) as rows from ({of.query})", parameters)

    def at(row: int) -> str:
        return _address(of.name, {**fields, "next_page": next_page(asked, reader.at, [str(row)])})

    return Shown(
        of,
        rows,
        skip + 1,
        counted["rows"],
        fields,
        at(max(0, skip - ROWS)) if skip else None,
        at(skip + ROWS) if skip + ROWS < counted["rows"] else None,
        _address(f"{of.name}.csv", fields),
        reader.at.as_of,
        reader.rows(of.summary, parameters) if of.summary else (),
    )


def live_page(of: LiveListing, home: Path, asked: Asked, fields: dict[str, str]) -> Shown:
    """A page of what stands there now; rows may come and go between two pages."""
    parameters = of.parameters(asked)
    from_row = asked.text("from_row") or "0"
    asked.done()
    try:
        skip = whole(from_row)
    except ValueError as error:
        raise Refused(400, "from_row is no whole number.") from error
    rows = of.rows(home, parameters, ROWS + 1, skip)
    kept = {name: value for name, value in fields.items() if name != "from_row"}

    def at(row: int) -> str:
        return _address(of.name, {**kept, "from_row": str(row)})

    return Shown(
        of,
        rows[:ROWS],
        skip + 1,
        None,
        kept,
        at(max(0, skip - ROWS)) if skip else None,
        at(skip + ROWS) if len(rows) > ROWS else None,
        _address(f"{of.name}.csv", kept),
        None,
    )


def csv_page(of: Listing, reader: Reader, asked: Asked) -> bytes:
    """The whole list as it is narrowed. Raises Refused (400, 413)."""
    parameters = of.parameters(asked)
    asked.done()
    query = f"{of.query} limit {MOST_IN_CSV + 1}"
    rows = reader.rows(query, parameters)
    return _csv(rows, reader.columns(query, parameters))


def live_csv(of: LiveListing, home: Path, asked: Asked) -> bytes:
    """All rows that there are now. Raises Refused (400, 413)."""
    parameters = of.parameters(asked)
    asked.done()
    rows = of.rows(home, parameters, MOST_IN_CSV + 1, 0)
    return _csv(rows, [column.name for column in of.columns])


def _csv(rows: list[Row], names: Sequence[str]) -> bytes:
    if len(rows) > MOST_IN_CSV:
        raise Refused(413, f"This file would have more than {MOST_IN_CSV:,} rows; narrow the list.")
    return csv_of(rows, names)


def _address(path: str, fields: dict[str, str]) -> str:
    return f"{path}?{urlencode(fields)}" if fields else path
