"""No waiting between the attempts at a source that cannot be reached; the database of a shop."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import stamina


@pytest.fixture(autouse=True)
def without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DuckDB file with an order a minute from midnight on, to noon of AS_OF."""
    pytest.importorskip("adbc_driver_manager", reason="adbc-driver-manager is not installed")
    pytest.importorskip("adbc_driver_manager", reason="adbc-driver-manager is not installed")
    path = tmp_path / "shop.duckdb"
    monkeypatch.setenv("SHOP_DB", f"duckdb://{path}")
    with duckdb.connect(path) as con:
        con.execute(
            "create table orders as select n as order_id, 'c' || n % 3 as customer_id, "
            "timestamptz '2026-01-31 00:00:00+00' + to_minutes(n) as placed_at, "
            "(n / 8)::decimal(10, 3) as amount from range(720) as r(n)"
        )
    return path
