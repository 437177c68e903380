"""Guards against a source that stops unseen, or that stops a run (S-65)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.events.checks import few_events_are_rejected
from dagster_pipeline.defs.events.collectors import (
    collector_asset,
    collector_check,
    collector_names,
    cron_of,
)
from dagster_pipeline.defs.resources import Clock, DataDirectory
from dagster_pipeline.job import raise_stopped
from meterhouse.warehouse.errors import SourcesStopped
from raw_events.collectors.state import StateFile
from raw_events.ingest.landing import land_file
from raw_events.log.event_log import EventLog

pytest.importorskip("adbc_driver_manager", reason="adbc-driver-manager is not installed")

AS_OF = "2026-01-31T12:00:00Z"
GOOD, BAD = "orders", "returns"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two collectors: `orders` of a DuckDB file, and `returns`, whose table is not there."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    monkeypatch.setenv("SHOP_DB", str(tmp_path / "shop.duckdb"))
    with duckdb.connect(tmp_path / "shop.duckdb") as con:
        con.execute(
            "create table orders as select n as id, 'acme' as customer_id, "
            "timestamptz '2026-01-31 00:00:00+00' + to_minutes(n) as at from range(60) as r(n)"
        )
    for name in (GOOD, BAD):
        (tmp_path / f"{name}.sql").write_text(
            "/*---\nconnection: SHOP_DB\ndriver: duckdb\nkey: id\nstart: 2026-01-31\n"
            f'event_type: order\n---*/\nselect id, customer_id, "at" as timestamp from {name} '
            'where "at" >= $1 and "at" < $2'
        )
    return tmp_path / "home"


def resources() -> dict:
    return {"clock": Clock(as_of=AS_OF), "data_directory": DataDirectory()}


def test_a_run_lands_what_is_due_and_says_at_its_end_which_source_stopped(home):
    done = dg.materialize([raw_events], resources=resources())
    (event,) = done.asset_materializations_for_node("events__raw_events")
    counts = {name: event.metadata[name].value for name in ("sources", "stopped sources")}
    assert counts == {"sources": 2, "stopped sources": 1}
    assert event.metadata["collected"].value == 60
    assert "source returns is stopped" in event.metadata["refused and left"].value
    with pytest.raises(SourcesStopped, match="- returns: ") as stopped:
        raise_stopped(home)
    assert "orders:" not in str(stopped.value) and stopped.value.exit_status == 1
    (home.parent / f"{BAD}.sql").unlink()
    raise_stopped(home)


def test_a_collector_is_an_asset_with_a_check_of_its_lag(home):
    def look(name: str, as_of: str = AS_OF) -> dg.AssetCheckResult:
        clock = Clock(as_of=as_of)
        clock.setup_for_execution(dg.build_init_resource_context())
        return collector_check(name)(clock=clock, data_directory=DataDirectory())

    assert look(GOOD).metadata["status"].text == "never read"
    assert dg.materialize([collector_asset(GOOD)], resources=resources()).success
    assert EventLog(home).position(GOOD) is not None
    assert look(GOOD).passed
    file = home.parent / f"{GOOD}.sql"
    file.write_text(file.read_text().replace("start: 2026-01-31", "start: 2026-01-30"))
    assert "has no effect" in look(GOOD).metadata["note"].text
    late = look(GOOD, "2026-01-31T16:00:00Z")
    assert not late.passed and late.metadata["status"].text == "behind"
    failed = dg.materialize([collector_asset(BAD)], resources=resources(), raise_on_error=False)
    assert not failed.success
    assert "returns" in look(BAD).metadata["last error"].value


def test_a_source_that_is_being_read_elsewhere_has_nothing_to_do(home):
    """As `meterhouse collect` says it; the asset failed, and Dagster alerted of nothing."""
    with StateFile(home, GOOD).alone():
        done = dg.materialize([collector_asset(GOOD)], resources=resources())
    (event,) = done.asset_materializations_for_node(f"collectors__{GOOD}")
    assert event.metadata["batches"].value == 0
    assert event.metadata["note"].value.startswith("another process reads it")


def test_what_was_set_aside_is_said(home, monkeypatch):
    def collect(home, source, as_of, done):
        done.aside.append("a.parquet: it is damaged")

    monkeypatch.setattr("dagster_pipeline.defs.events.collectors.collect", collect)
    done = dg.materialize([collector_asset(GOOD)], resources=resources())
    (event,) = done.asset_materializations_for_node(f"collectors__{GOOD}")
    assert event.metadata["set aside"].value == "a.parquet: it is damaged"


def test_a_file_that_no_collector_can_be_called_is_no_asset(home):
    """It is named by `source list` and by runs; the others are loaded all the same."""
    for name in ("größe", "inbox", "a-b"):
        (home.parent / f"{name}.sql").touch()
    collector_names.cache_clear()
    assert collector_names() == (GOOD, BAD)
    collector_names.cache_clear()


def test_many_rejected_events_of_a_source_and_hour_are_a_warning(home):
    lines = [
        f'{{"transaction_id":"{n}","customer_id":"a","event_type":"e","timestamp":"%s"}}' % at
        for n, at in enumerate(["2026-01-31T11:00:00Z"] * 100 + ["yesterday"] * 10)
    ]
    file = home.parent / "events.ndjson"
    file.write_text("\n".join(lines))
    land_file(home, file, "gateway", datetime(2026, 1, 31, 11, 30, tzinfo=UTC))

    def look(as_of: str) -> dg.AssetCheckResult:
        clock = Clock(as_of=as_of)
        clock.setup_for_execution(dg.build_init_resource_context())
        return few_events_are_rejected(clock=clock, data_directory=DataDirectory())

    found = look(AS_OF)
    assert not found.passed
    assert found.metadata["hours with many"].value == "gateway, 2026-01-31 11:00: 10 of 110"
    assert look("2026-02-02T12:00:00Z").passed


@pytest.mark.parametrize(
    "cadence, cron",
    [
        (timedelta(seconds=30), "*/1 * * * *"),
        (timedelta(minutes=15), "*/15 * * * *"),
        (timedelta(minutes=50), "*/30 * * * *"),
        (timedelta(hours=1), "0 */1 * * *"),
        (timedelta(hours=5), "0 */4 * * *"),
        (timedelta(days=7), "0 0 * * *"),
    ],
)
def test_a_schedule_is_never_rarer_than_the_cadence(cadence, cron):
    assert cron_of(cadence) == cron
