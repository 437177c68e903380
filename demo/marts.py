"""Reads the published marts: the Parquet files under `marts/`, as any other reader would."""

from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.mart_files import files_in, mart_of, mart_sql


class Marts:
    """One generation of the published marts: the link is followed once, so all fit together."""

    def __init__(self, home: Path) -> None:
        folder = (home / "marts").resolve()
        self.names = {mart_of(name) for name in files_in(folder) if name.endswith(".parquet")}
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        for name in sorted(self.names):
            self._connection.execute(f"create view {name} as from {mart_sql(folder, name)}")

    def rows(self, query: str, *needed: str) -> list[tuple[Any, ...]]:
        """The rows of a query; none if a mart that it needs is not published (yet)."""
        if not set(needed) <= self.names:
            return []
        return self._connection.execute(query).fetchall()
