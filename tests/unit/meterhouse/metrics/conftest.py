"""The DuckDB that parses the SQL of metrics."""

import duckdb
import pytest


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """A database without tables: the SQL is parsed, never run."""
    return duckdb.connect()
