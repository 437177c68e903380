"""Reads the published marts: the Parquet files under `marts/`, as any other reader would."""

from pathlib import Path
from typing import Any

import duckdb

from raw_events.common.sql import literal


class Marts:
    """One generation of the published marts: the link is followed once, so all fit together."""

    def __init__(self, home: Path) -> None:
        folder = (home / "marts").resolve()
        self.names = {path.stem for path in folder.glob("*.parquet")}
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        for name in sorted(self.names):
            path = literal(folder / f"{name}.parquet")
            self._connection.execute(f"create view {name} as select * from {path}")

    def rows(self, query: str, *needed: str) -> list[tuple[Any, ...]]:
        """The rows of a query; none if a mart that it needs is not published (yet)."""
        if not set(needed) <= self.names:
            return []
        return self._connection.execute(query).fetchall()
