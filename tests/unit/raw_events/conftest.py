"""One engine for the tests of validation."""

from collections.abc import Iterator

import duckdb
import pytest

from raw_events.ingest.batch import engine


@pytest.fixture(scope="session")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB as landing opens it."""
    with engine() as connection:
        yield connection
