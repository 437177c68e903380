"""Small helpers around a DuckDB connection."""

from pathlib import Path
from typing import Any

import duckdb

from raw_events.common.sql import literal

# By place, or by name.
Parameters = list[Any] | dict[str, Any]


def one_row(
    con: duckdb.DuckDBPyConnection, query: str, parameters: Parameters | None = None
) -> tuple[Any, ...]:
    """The first row of a query, which must have one.

    All rows are fetched: a result that is not read to its end keeps the connection's relations
    (`con.sql`, `con.table`) from being used.
    """
    return con.execute(query, parameters or []).fetchall()[0]


def one_value(
    con: duckdb.DuckDBPyConnection, query: str, parameters: Parameters | None = None
) -> Any:
    """The first column of the first row of a query."""
    return one_row(con, query, parameters)[0]


def parquet_columns(con: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The names of a Parquet file's columns, from its footer."""
    return con.sql(f"from read_parquet({literal(path)}) limit 0").columns
