"""One engine for the tests of judging."""

from collections.abc import Iterator

import duckdb
import pytest

from raw_events.landing import engine


@pytest.fixture(scope="session")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as landing opens it."""
    with engine() as connection:
        yield connection
