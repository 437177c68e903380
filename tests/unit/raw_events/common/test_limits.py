"""Limits of the environment reach every DuckDB of the line; a wrong one is said in words.

Guards: a run that takes a whole machine although it was told not to.
"""

from types import SimpleNamespace

import duckdb
import pytest

from meterhouse.dbt import sandbox
from meterhouse.warehouse.database import open_warehouse
from raw_events.common.errors import LimitError
from raw_events.common.limits import limit_engine
from raw_events.ingest.batch import engine

LIMITS = "select current_setting('memory_limit'), current_setting('threads')"


@pytest.fixture
def limited(monkeypatch):
    """An environment with both limits."""
    monkeypatch.setenv("METERHOUSE_MEMORY_LIMIT", "100MiB")
    monkeypatch.setenv("METERHOUSE_THREADS", "1")


def test_landing_is_limited(limited):
    with engine() as con:
        assert con.execute(LIMITS).fetchone() == ("100.0 MiB", 1)


def test_the_warehouse_is_limited(limited, tmp_path):
    with open_warehouse(tmp_path) as con:
        assert con.execute(LIMITS).fetchone() == ("100.0 MiB", 1)


def test_dbt_is_limited_before_the_settings_are_locked(limited):
    with duckdb.connect() as con:
        sandbox.Plugin.configure_connection(SimpleNamespace(creds=None), con)
        assert con.execute(LIMITS).fetchone() == ("100.0 MiB", 1)
        with pytest.raises(duckdb.Error, match="locked"):
            con.execute("set threads = 2")


def test_an_empty_variable_is_no_limit(monkeypatch):
    monkeypatch.setenv("METERHOUSE_MEMORY_LIMIT", "")
    with duckdb.connect() as con:
        before = con.execute(LIMITS).fetchone()
        limit_engine(con)
        assert con.execute(LIMITS).fetchone() == before


@pytest.mark.parametrize(
    ("variable", "value"), [("METERHOUSE_MEMORY_LIMIT", "much"), ("METERHOUSE_THREADS", "none")]
)
def test_a_wrong_limit_is_named(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with duckdb.connect() as con, pytest.raises(LimitError, match=f"^{variable}={value} is no"):
        limit_engine(con)
