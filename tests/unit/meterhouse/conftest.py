"""A warehouse in memory and data directories with final invoices."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from meterhouse.ledger.finalize import finalize
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, in_memory, prepare


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory, in UTC."""
    with in_memory() as connection:
        yield connection


@pytest.fixture
def finalized(tmp_path: Path) -> Callable[[int], Path]:
    """A data directory with that many final invoices in two commits."""

    def build(count: int = 3) -> Path:
        with in_memory() as con:
            prepare(con, tmp_path)
            hand_over(con, count)
            finalize(con, tmp_path, FEBRUARY)
            march = datetime(2025, 3, 2, tzinfo=UTC)
            prepare(con, tmp_path, march)
            hand_over(con, count, first=count + 1, month="2025-02-01")
            finalize(con, tmp_path, march)
        return tmp_path

    return build
