"""A price book, read, typed, checked as a whole (S-46) and resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from meterhouse.price_book.casting import cast_table
from meterhouse.price_book.checks import find_warnings, run_checks
from meterhouse.price_book.columns import Column, Table
from meterhouse.price_book.digest import content_digest
from meterhouse.price_book.errors import PriceBookError, Problem, in_file_order
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.package_tables import PACKAGE_TABLES
from meterhouse.price_book.packages import INPUT_COLUMNS, blame_packages, expand_packages
from meterhouse.price_book.reader import find_files, read_table
from meterhouse.price_book.recurring_grants import (
    RECURRING_TABLES,
    expand_recurring_grants,
)
from meterhouse.price_book.resolve import resolve_defaults
from meterhouse.price_book.schema import TABLES
from raw_events.common.sql import identifier

Metrics = Mapping[tuple[str, int], tuple[str, ...]]
Lookups = Mapping[str, Mapping[str, str]]


@dataclass
class PriceBook:
    """A valid price book: every table of `schema.py` and every declared lookup, typed.

    `digest` names its content (see `digest.py`); `files` has the file of each table in `seeds`;
    `warnings` are rows that have no effect or mislead, with which it is valid all the same.
    """

    seeds: Path
    digest: str
    tables: dict[str, list[str]]
    lookups: dict[str, list[str]]
    files: dict[str, str]
    warnings: list[Problem]
    _con: duckdb.DuckDBPyConnection = field(repr=False)

    def arrow(self, name: str) -> pa.Table:
        """A table or lookup without `file_row`, in the order of its columns from the left."""
        columns = {**self.tables, **self.lookups}[name]
        return self._con.sql(
            f'select {", ".join(map(identifier, columns))} from "{name}" order by all'
        ).to_arrow_table()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection to the typed tables, each with `file_row` besides its columns."""
        return self._con.cursor()


def load_price_book(seeds: Path, metrics: Metrics | None, lookups: Lookups) -> PriceBook:
    """Reads, casts and checks the price book in the directory `seeds`.

    `metrics` has the group keys of each metric version that is known; with None, products may
    point at any metric. `lookups` has the SQL type of each column of every other CSV that may stand
    in the directory; all of them are required. Raises PriceBookError with every problem found.
    """
    seeds = Path(seeds)
    declared = {**TABLES, **PACKAGE_TABLES, **RECURRING_TABLES, **_lookup_tables(lookups)}
    files, problems = find_files(seeds, declared)
    con = duckdb.connect()
    read = {}
    for name, table in declared.items():
        read[name] = read_table(table, files.get(name, []))
        problems += read[name].problems
        problems += cast_table(con, read[name])
    expand_packages(con)
    resolve_defaults(con)
    expand_recurring_grants(con)
    problems += run_checks(con, read, problems, metrics)
    file_of = {name: table.file for name, table in read.items()}
    problems = blame_packages(problems, file_of)
    con.execute("drop table if exists validated")
    if problems:
        con.close()
        raise PriceBookError(seeds, problems)
    warnings = in_file_order(blame_packages(find_warnings(con, read, metrics), file_of))
    # The resolved book: packages and recurring grants are in the contracts' own tables by now.
    columns = {
        name: [
            column.name
            for column in table.columns
            if column.name not in INPUT_COLUMNS.get(name, ())
        ]
        for name, table in declared.items()
        if name not in PACKAGE_TABLES and name not in RECURRING_TABLES
    }
    digest = content_digest(
        con,
        {
            name if name in TABLES else f"lookups.{name}": (f'"{name}"', names)
            for name, names in columns.items()
        },
    )
    return PriceBook(
        seeds,
        digest,
        tables={name: columns[name] for name in TABLES},
        lookups={name: columns[name] for name in lookups},
        files=file_of,
        warnings=warnings,
        _con=con,
    )


def _lookup_tables(lookups: Lookups) -> dict[str, Table]:
    problems = []
    tables = {}
    for name, types in lookups.items():
        if name in TABLES or name in PACKAGE_TABLES or name in RECURRING_TABLES:
            problems.append(("lookup_name", f"The lookup {name} is named as a price-book table."))
        for column, sql_type in types.items():
            try:
                find_kind(sql_type)
            except KeyError:
                problems.append(
                    ("lookup_type", f"{name}.{column} has the type {sql_type}, which is not read.")
                )
        columns = (Column(column, sql_type, required=True) for column, sql_type in types.items())
        # Two equal rows would count the events of what they are about twice.
        tables[name] = Table(name, tuple(types), tuple(columns))
    if problems:
        step = "Use another name, or one of VARCHAR, DATE, BOOLEAN, INTEGER, BIGINT, DECIMAL(p,s)."
        raise PriceBookError(
            "dbt_project/models/metrics",
            [Problem("_lookups.yml", None, None, rule, text, step) for rule, text in problems],
        )
    return tables
