"""How much of the machine DuckDB may use, in every process that lands events or runs the line."""

import os

import duckdb

from raw_events.common.errors import LimitError

# DuckDB's own defaults, 80 % of the memory and every core, hold where a variable is not set.
SETTINGS = {"METERHOUSE_MEMORY_LIMIT": "memory_limit", "METERHOUSE_THREADS": "threads"}


def limit_engine(con: duckdb.DuckDBPyConnection) -> None:
    """Give DuckDB the limits of the environment. Raises LimitError for one that DuckDB refuses."""
    for variable, setting in SETTINGS.items():
        value = os.environ.get(variable)
        if not value:
            continue
        try:
            con.execute(f"set {setting} = ?", [value])
        except duckdb.Error as error:
            raise LimitError(
                f"{variable}={value} is no limit that DuckDB takes ({error}). Write a size like "
                "4GB or 50% for METERHOUSE_MEMORY_LIMIT, a number above 0 for METERHOUSE_THREADS."
            ) from error
