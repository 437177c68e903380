"""The mart of runs: guards against a run that is counted as another, or twice."""

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest

from meterhouse.common.progress import forget_stages, stage, stage_seconds
from meterhouse.warehouse.run_costs import COLUMNS, record_publishing, record_run


@pytest.fixture
def con():
    """A warehouse with three windows, of which two are due and one more is obsolete."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema inputs")
        con.execute("create schema calendar")
        con.execute(f"create table inputs.runs ({COLUMNS})")
        con.execute(
            "create table inputs.run as select timestamptz '2026-01-09 12:00:00Z' as as_of, "
            "7::bigint as log_version, 'book' as price_book"
        )
        con.execute("create table calendar.metric_windows as from range(3)")
        con.execute(
            "create table calendar.due_windows as from (values (false), (false), (true)) "
            "as due(is_obsolete)"
        )
        yield con


def test_a_run_is_counted_with_its_windows_and_stages(con):
    cost = record_run(con, {"models": 1.5, "marts": 0.25}, 2, 100, new_final_invoices=4)
    assert cost == {"run": 1, "windows computed": 2, "windows left alone": 1}
    rows = con.execute(
        "select as_of, log_version, price_book, nothing_new, new_files, new_events, "
        "windows_computed, windows_left_alone, new_final_invoices, models_seconds, "
        "marts_seconds, ledger_seconds from inputs.runs"
    ).fetchall()
    noon = datetime(2026, 1, 9, 12, tzinfo=UTC)
    seconds = (Decimal("1.500"), Decimal("0.250"), None)
    assert rows == [(noon, 7, "book", False, 2, 100, 2, 1, 4, *seconds)]


def test_a_run_with_nothing_new_computes_no_window(con):
    cost = record_run(con, {}, 0, 0, nothing_new=True)
    assert (cost["windows computed"], cost["windows left alone"]) == (0, 0)


def test_publishing_is_noted_for_its_own_run(con):
    first, second = (record_run(con, {}, 0, 0)["run"] for _ in range(2))
    record_publishing(con, second, 0.1239)
    rows = con.execute("select run_number, published_seconds from inputs.runs order by all")
    assert rows.fetchall() == [(first, None), (second, Decimal("0.124"))]


def test_stages_of_the_run_before_are_forgotten():
    with stage("models"):
        pass
    assert stage_seconds()["models"] >= 0
    forget_stages()
    assert stage_seconds() == {}
